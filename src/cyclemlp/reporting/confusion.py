"""Confusion matrices, from two classes to thousands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from cyclemlp.reporting.canvas import INK, MUTED, new_figure, plain_axes, save
from cyclemlp.tasks.common.scores import most_confused

_NUMBERED = 20
_NAMED = 60
_PAIRS = 18


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str], out_path: str | Path) -> Path:
    """Draw a confusion matrix, each row normalized by its true class.

    With up to 20 classes, cells show counts (abbreviated above 9999); with up to 60, axes show
    names. Beyond that the matrix is a map, with a list of the most confused pairs.

    Args:
        matrix: counts ``(classes, classes)``; rows are the truth, columns the prediction.
        classes: names, in the matrix's order.
        out_path: of the picture.

    Returns:
        The picture's path.
    """
    assert matrix.shape == (len(classes), len(classes))
    count = len(classes)
    if count <= _NAMED:
        side = max(4.5, min(14.0, 2.5 + 0.42 * count if count <= _NUMBERED else 3 + 0.18 * count))
        axes = new_figure(side + 0.8, side).subplots()
        _draw_named(axes, matrix, classes)
        return save(_figure(axes), out_path)
    figure = new_figure(13.5, 8.5)
    left, right = figure.subplots(1, 2, width_ratios=(2.1, 1))
    _draw_map(left, matrix)
    _list_pairs(right, matrix, classes)
    return save(figure, out_path)


def brief(count: int) -> str:
    """Format a count for a cell: exact up to 9999, above with two digits: 12k, 340k, 1.2M."""
    return str(count) if count < 10_000 else EngFormatter(sep="")(float(f"{count:.2g}"))


def _shares(matrix: np.ndarray) -> np.ndarray:
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _draw_named(axes: Axes, matrix: np.ndarray, classes: Sequence[str]) -> None:
    shares = _shares(matrix)
    _image(axes, shares)
    size = 9 if len(classes) <= _NUMBERED else 7
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, rotation=90 if max(map(len, classes)) > 3 else 0, fontsize=size)
    axes.set_yticks(ticks, classes, fontsize=size)
    if len(classes) <= _NUMBERED:
        for (i, j), value in np.ndenumerate(matrix):
            color = "white" if shares[i, j] > 0.35 else INK
            if value:
                text = brief(int(value))
                axes.text(j, i, text, ha="center", va="center", fontsize=8, color=color)


def _draw_map(axes: Axes, matrix: np.ndarray) -> None:
    _image(axes, _shares(matrix))
    axes.set_xlabel(f"predicted (class 0 to {len(matrix) - 1}, in the bundle's order)", color=MUTED)


def _image(axes: Axes, shares: np.ndarray) -> None:
    plain_axes(axes, "Confusion matrix: share of each true class")
    axes.grid(visible=False)
    # The square root makes rare confusions visible.
    picture = axes.imshow(
        shares, cmap="Blues", norm=PowerNorm(0.5, 0, 1), interpolation="antialiased"
    )
    axes.set_xlabel("predicted", color=MUTED)
    axes.set_ylabel("truth", color=MUTED)
    bar = _figure(axes).colorbar(
        picture, ax=axes, shrink=0.6, ticks=(0, 0.05, 0.25, 0.5, 1), format="{x:.0%}"
    )
    bar.ax.tick_params(labelsize=8, colors=MUTED, length=0)
    bar.outline.set_visible(False)  # type: ignore[operator]


def _list_pairs(axes: Axes, matrix: np.ndarray, classes: Sequence[str]) -> None:
    axes.axis("off")
    axes.set_title("Most often confused", loc="left", fontsize=11, color=INK)
    for line, pair in enumerate(most_confused(matrix, classes, _PAIRS)):
        y = 1 - (line + 0.5) / _PAIRS
        count = brief(int(pair["count"]))
        axes.text(0, y, count, transform=axes.transAxes, ha="right", fontsize=10, color=INK)
        text = f"{_short(str(pair['truth']))} → {_short(str(pair['predicted']))}"
        axes.text(0.04, y, text, transform=axes.transAxes, fontsize=10, color=INK)


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"


def _figure(axes: Axes) -> Figure:
    figure = axes.figure
    assert isinstance(figure, Figure)
    return figure
