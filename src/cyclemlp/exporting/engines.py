"""Engines of other projects, for the benchmark: a network is exported and opened on the spot."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cyclemlp.benchmarking.inference_only import Engine
from cyclemlp.exporting.formats.choosing import chosen_formats
from cyclemlp.exporting.graph import traced
from cyclemlp.exporting.part import Input, Part
from cyclemlp.runtime.engines.onnx_runtime import open_onnx

Compute = Callable[[np.ndarray], np.ndarray]


def chosen_engines(names: Sequence[str]) -> dict[str, Engine]:
    """Return the engines of these names.

    Raises:
        ImportError: a library is not installed; the message says how to install it.
    """
    for name in names:
        missing = [one for one in ("onnx", "onnxscript", name) if find_spec(one) is None]
        if missing:
            needs = f"--engines {name} needs {', '.join(missing)}"
            raise ImportError(f"{needs}: pip install 'cyclemlp[export]'")
    return {name: ENGINES[name] for name in dict.fromkeys(names)}


def _onnxruntime(
    network: nn.Module, images: torch.Tensor, precision: str
) -> Callable[[], torch.Tensor]:
    """Open a network in ONNX Runtime; see `Engine`."""
    if precision != "float32":
        raise RuntimeError(f"ONNX Runtime has no {precision} on a CPU")

    def opened(file: Path) -> Compute:
        engine = open_onnx(file, torch.get_num_threads())
        return lambda inputs: engine(inputs)[0]

    return _exported(network, images, "onnx", opened)


def _openvino(
    network: nn.Module, images: torch.Tensor, precision: str
) -> Callable[[], torch.Tensor]:
    """Open a network in OpenVINO for the least latency, with a precision hint; see `Engine`."""
    from openvino import Core

    core = Core()
    hint = {"float32": "f32", "bfloat16": "bf16"}[precision]
    # on other CPUs OpenVINO would follow the hint in float32, without a word
    if hint == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError("OpenVINO has no bfloat16 on this CPU")
    settings = {
        "INFERENCE_PRECISION_HINT": hint,
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }

    def opened(file: Path) -> Compute:
        compiled = core.compile_model(file, "CPU", settings)
        return lambda inputs: np.array(compiled([inputs])[0])

    return _exported(network, images, "openvino", opened)


ENGINES: dict[str, Engine] = {"onnxruntime": _onnxruntime, "openvino": _openvino}
"""Name of each engine's library, and the function that opens a network in it."""


def _exported(
    network: nn.Module, images: torch.Tensor, format: str, opened: Callable[[Path], Compute]
) -> Callable[[], torch.Tensor]:
    """Export a network for images of one size, and return the call that computes them.

    Args:
        network: in float32.
        images: `(B, 3, H, W)`.
        format: of the file, see `FORMATS`.
        opened: opens the file.
    """
    given = Input("images", tuple(images.shape), {})
    graph = traced(Part(network.eval(), (given,), ("logits",)))
    writer = chosen_formats([format])[format]
    with tempfile.TemporaryDirectory(prefix="cyclemlp-") as folder:
        writer.write(graph, Path(folder) / writer.file, None)
        compute = opened(Path(folder) / writer.file)
    inputs = images.numpy()
    return lambda: torch.from_numpy(compute(inputs))
