"""The picture of the score of each class."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plots.styles import legend, panel, styles
from cyclemlp.reporting.canvas import new_figure

_SHOWN = 30


def draw_classes(comparison: Comparison, file: Path) -> list[Path]:
    """Draw the classes' scores, the lowest mean first; of many classes those that differ most.

    Args:
        comparison: the results.
        file: path without the suffix.
    """
    found = {name: _scores(comparison, name) for name in comparison.models}
    column = _column(comparison)
    values = {
        one: [scores[one] for scores in found.values() if one in scores]
        for one in dict.fromkeys(one for scores in found.values() for one in scores)
    }
    most = sorted(values, key=lambda one: max(values[one]) - min(values[one]), reverse=True)
    shown = sorted(most[:_SHOWN], key=lambda one: fmean(values[one]), reverse=True)
    if not shown:
        return []
    figure = new_figure(8, 1.4 + 0.26 * len(shown))
    axes = panel(figure.subplots(), f"{column} of each class", "", percent=False)
    for name, style in styles(comparison.models).items():
        places = [number for number, one in enumerate(shown) if one in found[name]]
        axes.plot([found[name][shown[n]] for n in places], places, **{**style, "linestyle": ""})
    axes.set_yticks(range(len(shown)), shown, fontsize=8)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    legend(figure, styles(comparison.models))
    return save_all(figure, file)


def _column(comparison: Comparison) -> str:
    """Return the first column of the table of classes, by which a task ranks them."""
    tables = (row.own["per_class"] for row in comparison.rows if row.own.get("per_class"))
    return next((list(table[0])[1] for table in tables), "")


def _scores(comparison: Comparison, model: str) -> dict[str, float]:
    """Return class -> mean score over a model's seeds, of the classes that have one."""
    column, found = _column(comparison), {}
    for row in comparison.runs_of(model):
        for one in row.own.get("per_class", []):
            if one[column] is not None:
                found.setdefault(one["class"], []).append(one[column])
    return {name: fmean(values) for name, values in found.items()}
