"""The picture of the score over the input size."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plots.styles import legend, panel, styles
from cyclemlp.reporting.canvas import MUTED, new_figure


def draw_sizes(comparison: Comparison, file: Path) -> list[Path]:
    """Draw a line for each model; none if there is one size.

    Args:
        comparison: the results.
        file: path without the suffix.
    """
    sides = _sides(comparison)
    if len(sides) < 2:
        return []
    figure = new_figure(7.5, 4.4)
    axes = panel(figure.subplots(), f"{comparison.headline} over input size", "side in pixels")
    for name, style in styles(comparison.models).items():
        scores = {size: comparison.scores(name, size) for size in sides}
        points = [(sides[size], fmean(values)) for size, values in scores.items() if values]
        if points:
            axes.plot(*zip(*points, strict=True), **style)
    axes.set_xticks(list(sides.values()), [f"{side:.0f}" for side in sides.values()])
    for row in comparison.rows[:1]:
        own = [found["side"] for found in row.sizes.values() if found["own"]]
        for side in own:
            axes.axvline(side, color=MUTED, linewidth=0.8, linestyle=":")
    legend(figure, styles(comparison.models))
    return save_all(figure, file)


def _sides(comparison: Comparison) -> dict[str, float]:
    """Return name -> side in pixels of each size that some model took; of a rectangle √(HW)."""
    found = {
        name: entry["side"]
        for row in comparison.rows
        for name, entry in row.sizes.items()
        if "scores" in entry
    }
    return {name: found[name] for name in comparison.sizes}
