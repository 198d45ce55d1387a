"""Quantization of OpenVINO's files to int8 by NNCF, with ranges measured on images."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from cyclemlp.exporting.formats.openvino_files import OPENVINO
from cyclemlp.exporting.formats.quantizer import Inputs, Quantizer
from cyclemlp.exporting.formats.silence import CUDA_SEARCH, silenced

_MOST = 1_000_000  # images; the calibration has bounded them


def quantize_openvino(file: Path, quantized: Path, inputs: Inputs) -> None:
    """Write an int8 version of OpenVINO's files.

    Weights get a scale per output channel, activations one scale each, for a CPU.

    Args:
        file: the ``.xml`` in float32.
        quantized: the ``.xml`` to write.
        inputs: yields images ``(1, 3, H, W)``, on which the ranges of activations are measured.
    """
    from openvino import Core, save_model

    # NNCF's progress bars and notes stay out of the output, which may be JSON.
    with silenced("nncf", CUDA_SEARCH), redirect_stdout(io.StringIO()):
        import nncf

        network: Any = Core().read_model(file)
        images = nncf.Dataset(_Images(inputs))
        cpu = nncf.TargetDevice.CPU
        small = nncf.quantize(network, images, target_device=cpu, subset_size=_MOST)
    save_model(small, quantized, compress_to_fp16=False)


class _Images:
    """The images, as an iterable: NNCF reads them more than once."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    def __iter__(self) -> Iterator[Any]:
        return self._inputs()


OPENVINO_INT8 = Quantizer(OPENVINO, "model-int8.xml", ("openvino", "nncf"), quantize_openvino)
