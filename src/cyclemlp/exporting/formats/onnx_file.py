"""ONNX: standard operators in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.graph import Graph, without_deprecations
from cyclemlp.runtime.engines.onnx_runtime import open_onnx

METADATA_KEY = "cyclemlp"


def write_onnx(graph: Graph, file: Path, opset: int | None = None) -> None:
    """Write a graph as ONNX.

    Args:
        graph: the traced network.
        file: to write.
        opset: version of ONNX's standard operators; None for the exporter's choice.
    """
    from onnx_ir.passes.common import ClearMetadataAndDocStringPass

    with without_deprecations():
        written = torch.onnx.export(
            graph.program,
            input_names=[one.name for one in graph.part.inputs],
            output_names=list(graph.part.outputs),
            opset_version=opset,
            dynamo=True,
            optimize=False,  # engines do it at opening; here it takes as long as tracing
            verbose=False,
        )
    assert written is not None
    graph.forget_sizes()
    _name_axes(written.model, graph)
    # The exporter notes at each node where it came from, with paths of this machine.
    ClearMetadataAndDocStringPass()(written.model)
    written.save(file, external_data=False)


def _name_axes(model: Any, graph: Graph) -> None:
    """Give the inputs' axes their names, in place of the trace's symbols."""
    for one, given in zip(graph.part.inputs, model.graph.inputs, strict=True):
        for axis, (name, _) in one.axes.items():
            given.shape[axis] = name


def describe_onnx(file: Path, text: str) -> None:
    """Write a description into an ONNX file's metadata."""
    import onnx

    model = onnx.load(file)
    onnx.helper.set_model_props(model, {METADATA_KEY: text})
    onnx.save(model, file)


ONNX = Format(
    "model.onnx",
    (".onnx",),
    ("onnx", "onnxscript", "onnxruntime"),
    write_onnx,
    describe_onnx,
    open_onnx,
)
