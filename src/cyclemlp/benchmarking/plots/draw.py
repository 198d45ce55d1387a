"""All pictures of a benchmark, per device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.benchmarking.comparison import Comparison
from cyclemlp.benchmarking.plots.bars import draw_speed
from cyclemlp.benchmarking.plots.lines import PLOTS, draw_lines


def draw(comparisons: Sequence[Comparison], folder: Path) -> list[Path]:
    """Write pictures, each as PNG and SVG.

    These are `speed`, `growth` if there are several image sizes, and `batch` if there are several
    batch sizes. Times of different devices are not comparable: if there are several devices, each
    has its own pictures, whose names end with its name (`speed-cpu`, `speed-cuda0`).

    Args:
        comparisons: those without a speed are left out.
        folder: the folder to write into.

    Returns:
        The written files; none if there is no speed.
    """
    devices = dict.fromkeys(c.scenario.device for c in comparisons)
    written = []
    for device in devices:
        own = [c for c in comparisons if c.scenario.device == device]
        suffix = f"-{device.replace(':', '')}" if len(devices) > 1 else ""
        written += _draw_device(own, folder, suffix)
    return written


def _draw_device(comparisons: Sequence[Comparison], folder: Path, suffix: str) -> list[Path]:
    written = draw_speed(comparisons, folder / f"speed{suffix}")
    models = [c for c in comparisons if c.scenario.subject == "model"]
    for plot in PLOTS:
        written += draw_lines(plot, models, folder / f"{plot.file}{suffix}")
    return written
