"""A colour and a marker for each compared model, the same in all pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cyclemlp.reporting.canvas import INK, MUTED, plain_axes

_COLORS = colormaps["tab10"].colors  # type: ignore[attr-defined]
_MARKERS = "osD^vPX*"

Styles = dict[str, dict[str, Any]]
"""Model's name -> matplotlib's arguments of its line."""


def styles(models: Sequence[str]) -> Styles:
    """Return each model's style; after ten models colours repeat with another marker."""
    return {
        name: {
            "color": _COLORS[number % len(_COLORS)],
            "marker": _MARKERS[(number + number // len(_COLORS)) % len(_MARKERS)],
            "markersize": 5,
            "linewidth": 1.4,
        }
        for number, name in enumerate(models)
    }


def panel(axes: Axes, title: str, x: str, percent: bool = True) -> Axes:
    """Style a panel, whose y axis shows fractions as percent."""
    plain_axes(axes, title).set_xlabel(x, fontsize=9, color=MUTED)
    if percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    return axes


def legend(figure: Figure, used: Styles) -> None:
    """Name the models above the panels."""
    keys = [Line2D([], [], label=name, **style) for name, style in used.items()]
    figure.legend(
        handles=keys,
        loc="outside upper center",
        ncols=3,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
    )
