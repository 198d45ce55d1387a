"""The picture of all times: one panel of bars per scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from cyclemlp.benchmarking.comparison import Comparison, Row
from cyclemlp.benchmarking.plots.colors import COLORS
from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.reporting.canvas import INK, MUTED, new_figure, plain_axes


def draw_speed(comparisons: Sequence[Comparison], file: Path) -> list[Path]:
    """Draw the time per image of each contestant, and return the written files.

    Args:
        comparisons: those without a speed are left out.
        file: path without the suffix.
    """
    shown = [(c, [r for r in c.rows if r.ms_per_image is not None]) for c in comparisons]
    shown = [(c, rows) for c, rows in shown if rows]
    if not shown:
        return []
    heights = [0.9 + 0.24 * len(rows) for _, rows in shown]
    figure = new_figure(8.5, sum(heights))
    panels = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (comparison, rows) in zip(panels, shown, strict=True):
        _draw_bars(plain_axes(axes, str(comparison.scenario)), rows)
    return save_all(figure, file)


def _draw_bars(axes: Axes, rows: list[Row]) -> None:
    rows = rows[::-1]  # matplotlib counts upwards
    medians = [r.ms_per_image or 0.0 for r in rows]
    spread = [
        [m - (r.ms_low or m) for m, r in zip(medians, rows, strict=True)],
        [(r.ms_high or m) - m for m, r in zip(medians, rows, strict=True)],
    ]
    colors = [COLORS[r.kind] for r in rows]
    axes.barh([r.name for r in rows], medians, xerr=spread, color=colors, ecolor=INK)
    for place, (value, row) in enumerate(zip(medians, rows, strict=True)):
        end = max(value, row.ms_high or 0.0)  # right of the error bar
        axes.annotate(f"  {value:.3g}", (end, place), va="center", fontsize=8, color=INK)
    axes.margins(x=0.12)
    axes.set_xlabel("ms per image (median, quartiles)", fontsize=9, color=MUTED)
