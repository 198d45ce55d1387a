"""The picture of the score over the time and over the parameters."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes

from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plots.styles import legend, panel, styles
from cyclemlp.reporting.canvas import INK, new_figure


def draw_tradeoff(comparison: Comparison, file: Path) -> list[Path]:
    """Draw a point for each model, its bar from the worst to the best seed.

    Args:
        comparison: the results.
        file: path without the suffix.
    """
    figure = new_figure(9.5, 4.2)
    left, right = figure.subplots(1, 2, sharey=True)
    headline, costs = comparison.headline, comparison.costs
    panel(left, f"{headline} over latency", "ms per image, batch 1")
    panel(right, f"{headline} over parameters", "parameters, millions")
    _draw(left, comparison, {name: cost.ms for name, cost in costs.items()})
    _draw(right, comparison, {name: cost.parameters / 1e6 for name, cost in costs.items()})
    legend(figure, styles(comparison.models))
    return save_all(figure, file)


def _draw(axes: Axes, comparison: Comparison, places: dict[str, float]) -> None:
    for name, style in styles(comparison.models).items():
        values = comparison.scores(name)
        if not values:
            continue
        middle = fmean(values)
        spread = [[middle - min(values)], [max(values) - middle]]
        axes.errorbar([places[name]], [middle], yerr=spread, capsize=3, **style)
        offset = (6, 4)
        axes.annotate(
            name, (places[name], middle), offset, textcoords="offset points", fontsize=7, color=INK
        )
    axes.margins(x=0.2, y=0.15)
