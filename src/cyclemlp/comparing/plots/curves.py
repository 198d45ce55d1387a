"""The picture of the training: held-out score and training loss over the epochs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plots.styles import legend, panel, styles
from cyclemlp.reporting.canvas import new_figure
from cyclemlp.reporting.curves import Series, read_columns

_DASHES = ("-", "--", ":", "-.")  # of the seeds


def draw_curves(comparison: Comparison, file: Path) -> list[Path]:
    """Draw a line for each run; runs of a model differ by their dashes.

    Args:
        comparison: the results.
        file: path without the suffix.
    """
    figure = new_figure(9.5, 4.2)
    left, right = figure.subplots(1, 2)
    panel(left, f"held-out {comparison.headline}", "epoch")
    panel(right, "training loss", "epoch", percent=False)
    for name, style in styles(comparison.models).items():
        for number, row in enumerate(comparison.runs_of(name)):
            look = style | {"marker": "", "linestyle": _DASHES[number % len(_DASHES)]}
            columns = read_columns(row.run / "metrics.csv")
            losses = [points for key, points in columns.items() if key.startswith("train_")]
            _draw(left, columns.get(comparison.headline, []), look)
            _draw(right, _summed(losses), look)
    legend(figure, styles(comparison.models))
    return save_all(figure, file)


def _draw(axes: Axes, points: Series, look: dict[str, Any]) -> None:
    if points:
        marker = "o" if len(points) < 3 else ""
        axes.plot(*zip(*points, strict=True), **{**look, "marker": marker})
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _summed(losses: list[Series]) -> Series:
    """Return the sum of the losses of each epoch, which training minimises."""
    totals: dict[float, float] = {}
    for points in losses:
        for epoch, value in points:
            totals[epoch] = totals.get(epoch, 0.0) + value
    return list(totals.items())
