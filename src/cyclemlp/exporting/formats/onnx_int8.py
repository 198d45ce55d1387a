"""Quantization of an ONNX file to int8 by ONNX Runtime, with ranges measured on images."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cyclemlp.exporting.formats.onnx_file import ONNX
from cyclemlp.exporting.formats.quantizer import Inputs, Quantizer

_QUANTIZED = ["Conv", "Gemm", "MatMul"]  # operators; the others take little time


def quantize_onnx(file: Path, quantized: Path, inputs: Inputs) -> None:
    """Write an int8 version of an ONNX file.

    Weights get a scale per output channel, activations one scale each (static quantization).

    Args:
        file: in float32.
        quantized: to write.
        inputs: yields images ``(1, 3, H, W)``, on which the ranges of activations are measured.
    """
    images = inputs()
    with _own_logging():
        from onnxruntime.quantization import CalibrationDataReader, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def get_next(self) -> Any:  # None ends it, which the base class does not declare
            one = next(images, None)
            return None if one is None else {"images": one}

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


ONNX_INT8 = Quantizer(ONNX, "model-int8.onnx", ("onnx", "onnxruntime"), quantize_onnx)
