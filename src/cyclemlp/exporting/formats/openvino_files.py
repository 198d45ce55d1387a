"""OpenVINO's intermediate representation: a graph in XML, and weights."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.formats.onnx_file import METADATA_KEY, write_onnx
from cyclemlp.exporting.graph import Graph
from cyclemlp.runtime.engines.openvino import open_openvino


def write_openvino(graph: Graph, file: Path, opset: int | None = None) -> None:
    """Write a graph for OpenVINO, with weights in float32.

    OpenVINO reads ONNX, which the graph is written as first, unless the same export has written
    it beside `file`: that takes as long as tracing.

    Args:
        graph: the traced network.
        file: the ``.xml`` to write; the weights are written beside it.
        opset: as for `write_onnx`.
    """
    from openvino import convert_model, save_model

    with tempfile.TemporaryDirectory() as folder:
        onnx_file = file.with_suffix(".onnx")
        if not onnx_file.exists():
            onnx_file = Path(folder) / "model.onnx"
            write_onnx(graph, onnx_file, opset)
        save_model(convert_model(onnx_file), file, compress_to_fp16=False)


def describe_openvino(file: Path, text: str) -> None:
    """Write a description into the graph's metadata."""
    from openvino import Core, serialize

    core = Core()
    core.set_property({"ENABLE_MMAP": False})  # the files read are overwritten
    model = core.read_model(file)
    model.set_rt_info(text, METADATA_KEY)
    serialize(model, str(file), str(file.with_suffix(".bin")))


OPENVINO = Format(
    "model.xml",
    (".xml", ".bin"),
    ("onnx", "onnxscript", "openvino"),
    write_openvino,
    describe_openvino,
    open_openvino,
)
