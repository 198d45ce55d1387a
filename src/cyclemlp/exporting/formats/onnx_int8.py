"""Quantization of an ONNX file to int8 by ONNX Runtime, with ranges measured on images."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.exported import as_module
from cyclemlp.exporting.calibration import Calibration
from cyclemlp.exporting.check import Checker
from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.formats.onnx_file import ONNX, describe_onnx
from cyclemlp.exporting.heads import Exportable
from cyclemlp.exporting.result import Exported, Metric
from cyclemlp.runtime.config import FIRST_PART
from cyclemlp.runtime.engines.onnx_runtime import open_onnx

_QUANTIZED = ["Conv", "Gemm", "MatMul"]  # operators; the others take little time


def quantized(
    bundle: Bundle, content: Exportable, checker: Checker, folder: Path, calibration: Calibration
) -> Exported:
    """Write and measure the int8 version of the ONNX file in a folder.

    Args:
        bundle: that was exported.
        content: what was exported of it.
        checker: compares with PyTorch.
        folder: has the ONNX file.
        calibration: images for the ranges and the metric.
    """
    file = folder / ONNX_INT8.file
    quantize_onnx(folder / ONNX.file, file, calibration.inputs())
    engines = {FIRST_PART: open_onnx(file, torch.get_num_threads())}
    network = as_module(bundle.config.task, engines, content.settings)
    metric = None
    if calibration.labelled is not None:
        scores = calibration.metric(bundle.network), calibration.metric(network)
        headline = calibration.task.headline
        metric = Metric(headline, len(calibration.labelled), *scores)
    return Exported(file.name, file.stat().st_size, checker.check(engines), metric)


def quantize_onnx(file: Path, quantized: Path, inputs: Iterator[np.ndarray]) -> None:
    """Write an int8 version of an ONNX file.

    Weights get a scale per output channel, activations one scale each (static quantization).

    Args:
        file: in float32.
        quantized: to write.
        inputs: images ``(1, 3, H, W)``, on which the ranges of activations are measured.
    """
    with _own_logging():
        from onnxruntime.quantization import CalibrationDataReader, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def get_next(self) -> Any:  # None ends it, which the base class does not declare
            images = next(inputs, None)
            return None if images is None else {"images": images}

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / file.name
        # Symbolic shape inference fails on sizes that vary; quantization works without it.
        quant_pre_process(file, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, quantized, Reader(), op_types_to_quantize=_QUANTIZED, per_channel=True
        )


@contextmanager
def _own_logging() -> Iterator[None]:
    """Undo changes of the root logger: importing onnxruntime.quantization configures it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


ONNX_INT8 = Format(
    "model-int8.onnx",
    (".onnx",),
    ("onnx", "onnxruntime"),
    lambda graph, file, opset: None,  # it is made from the ONNX file, see `quantized`
    describe_onnx,
    open_onnx,
)
"""The int8 version of the ONNX file."""
