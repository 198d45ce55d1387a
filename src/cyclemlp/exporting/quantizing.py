"""The int8 versions of exported files, with the metric before and after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.exported import as_module
from cyclemlp.exporting.calibration import Calibration
from cyclemlp.exporting.check import Checker
from cyclemlp.exporting.formats.quantizer import Quantizer
from cyclemlp.exporting.heads import Exportable
from cyclemlp.exporting.result import Exported, Metric
from cyclemlp.runtime.config import FIRST_PART


def int8_name(format: str) -> str:
    """Return the name of a format's int8 version."""
    return f"{format}-int8"


def quantized(
    bundle: Bundle,
    content: Exportable,
    checker: Checker,
    folder: Path,
    calibration: Calibration,
    quantizers: Mapping[str, Quantizer],
) -> dict[str, Exported]:
    """Write and measure int8 versions of the files in a folder.

    Args:
        bundle: that was exported.
        content: what was exported of it.
        checker: compares with PyTorch.
        folder: has the files.
        calibration: images for the ranges and the metric.
        quantizers: by the name of the quantized format.
    """
    before = None if calibration.labelled is None else calibration.metric(bundle.network)
    done: dict[str, Exported] = {}
    for name, one in quantizers.items():
        file = folder / one.file
        one.quantize(folder / one.source.file, file, calibration.inputs)
        engines = {FIRST_PART: one.format.open(file, torch.get_num_threads())}
        network = as_module(bundle.config.task, engines, content.settings)
        metric = None if before is None else _metric(calibration, before, network)
        size = sum(written.stat().st_size for written in one.format.written(file))
        done[int8_name(name)] = Exported(file.name, size, checker.check(engines), metric)
    return done


def _metric(calibration: Calibration, before: float, network: nn.Module) -> Metric:
    assert calibration.labelled is not None
    images = len(calibration.labelled)
    return Metric(calibration.task.headline, images, before, calibration.metric(network))
