"""Figures of matplotlib as objects, without pyplot and its global state."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#22262e"
MUTED = "#6b7280"
GRID = "#e5e7eb"
BLUE, ORANGE, GREEN, RED = "#2563a8", "#d9730d", "#2f855a", "#b83232"
SERIES = (BLUE, ORANGE, GREEN, "#7c4dab")


def new_figure(width: float, height: float) -> Figure:
    """Create an empty white figure; the size is in inches of 120 pixels."""
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def plain_axes(axes: Axes, title: str = "") -> Axes:
    """Style axes with a light grid, no frame and a title on the left."""
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=9, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def save(figure: Figure, out_path: str | Path) -> Path:
    """Write a figure; the suffix of the file selects PNG, SVG or PDF."""
    path = Path(out_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path
