"""Pictures of time and memory over the image size and over the batch size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from cyclemlp.benchmarking.comparison import Comparison
from cyclemlp.benchmarking.plots.colors import COLORS
from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.reporting.canvas import INK, MUTED, new_figure, plain_axes

_MARKERS = "osD^vPX*<>"  # for contestants of one colour

Styles = dict[str, dict[str, Any]]
"""Contestant's name -> matplotlib's arguments of its line."""


@dataclass(frozen=True)
class LinePlot:
    """A picture of lines: one row of panels for scenarios that differ only in x.

    Attributes:
        file: name of the file, without the suffix.
        x: the x coordinate of a scenario.
        tick: the tick label at x.
        x_label: label of the x axis.
        alike: the title of a row of panels: the scenario without x and the device.
        panels: title and field of `Row`, for each panel of a row.
    """

    file: str
    x: Callable[[Scenario], int]
    tick: Callable[[Scenario], str]
    x_label: str
    alike: Callable[[Scenario], str]
    panels: tuple[tuple[str, str], ...]


PLOTS = (
    LinePlot(
        "growth",
        lambda s: s.height * s.width,
        lambda s: f"{s.height}x{s.width}",
        "image size, by its number of pixels",
        lambda s: f"{s.work} {s.precision} {s.path}, batch {s.batch_size}",
        (("ms per image", "ms_per_image"), ("peak MiB", "peak_mib")),
    ),
    LinePlot(
        "batch",
        lambda s: s.batch_size,
        lambda s: str(s.batch_size),
        "batch size",
        lambda s: f"{s.work} {s.precision} {s.path}, {s.height}x{s.width}",
        (("images/s", "images_per_second"), ("peak MiB", "peak_mib")),
    ),
)


def draw_lines(plot: LinePlot, models: Sequence[Comparison], file: Path) -> list[Path]:
    """Draw one picture, and return the written files; none if all scenarios have the same x.

    Args:
        plot: which picture.
        models: comparisons of models on one device.
        file: path without the suffix.
    """
    if len({plot.x(c.scenario) for c in models}) < 2:
        return []
    groups: dict[str, list[Comparison]] = {}
    for comparison in models:
        groups.setdefault(plot.alike(comparison.scenario), []).append(comparison)
    figure = new_figure(9.5, 1 + 3 * len(groups))
    grid = figure.subplots(len(groups), len(plot.panels), squeeze=False)
    styles = _styles(models)
    for (alike, group), row in zip(groups.items(), grid, strict=True):
        for axes, (title, field) in zip(row, plot.panels, strict=True):
            _draw_panel(plain_axes(axes, f"{title}: {alike}"), plot, group, field, styles)
    _add_legend(figure, styles, models[0].scenario.device)
    return save_all(figure, file)


def _styles(models: Sequence[Comparison]) -> Styles:
    """Return a colour for each kind of contestant, and a marker for each one of a kind."""
    kinds = {row.name: row.kind for comparison in models for row in comparison.rows}
    styles, seen = {}, Counter()
    for name, kind in kinds.items():
        marker = _MARKERS[seen[kind] % len(_MARKERS)]
        styles[name] = {"color": COLORS[kind], "marker": marker, "markersize": 5, "linewidth": 1.2}
        seen[kind] += 1
    return styles


def _draw_panel(
    axes: Axes, plot: LinePlot, group: list[Comparison], field: str, styles: Styles
) -> None:
    for name, style in styles.items():
        points = sorted(
            (plot.x(comparison.scenario), getattr(row, field))
            for comparison in group
            for row in comparison.rows
            if row.name == name and getattr(row, field) is not None
        )
        if points:
            axes.loglog(*zip(*points, strict=True), **style)
    ticks = {plot.x(c.scenario): plot.tick(c.scenario) for c in group}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel(plot.x_label, fontsize=9, color=MUTED)


def _add_legend(figure: Figure, styles: Styles, device: str) -> None:
    keys = [Line2D([], [], label=name, **style) for name, style in styles.items()]
    figure.legend(
        handles=keys,
        title=f"on {device}",
        title_fontsize=9,
        loc="outside upper center",
        ncols=4,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
    )
