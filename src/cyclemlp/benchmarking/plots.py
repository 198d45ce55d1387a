"""Pictures of a benchmark: who takes how long, and how that grows with images and batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from cyclemlp.benchmarking.results import Comparison, Row, Scenario
from cyclemlp.reporting.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    SERIES,
    new_figure,
    plain_axes,
    save,
)

_COLORS = {
    "ours": BLUE,
    "deformable": ORANGE,
    "twin": GREEN,
    "collapsed": SERIES[3],
    "timm": MUTED,
}
_MARKERS = "osD^vPX*<>"  # contestants of one colour
_ENDINGS = (".png", ".svg")


def draw(comparisons: Sequence[Comparison], folder: Path) -> list[Path]:
    """Write pictures, each as PNG and SVG.

    `speed` always; `growth` over image sizes and `batch` over batch sizes where there are several.
    Times of two devices are no peers: where there are several, each has pictures of its own, whose
    names end in it (`speed-cpu`, `speed-cuda0`).

    Args:
        comparisons: those without a speed are left out.
        folder: to write into.

    Returns:
        What was written; nothing where nothing has a speed.
    """
    devices = dict.fromkeys(c.scenario.device for c in comparisons)
    written = []
    for device in devices:
        own = [c for c in comparisons if c.scenario.device == device]
        tail = f"-{device.replace(':', '')}" if len(devices) > 1 else ""
        written += _pictures(own, folder, tail)
    return written


def _pictures(comparisons: Sequence[Comparison], folder: Path, tail: str) -> list[Path]:
    """Of one device."""
    written = _speed(comparisons, folder / f"speed{tail}")
    models = [c for c in comparisons if c.scenario.subject == "model"]
    for lines in _LINES:
        written += _lines(lines, models, folder / f"{lines.file}{tail}")
    return written


def _speed(comparisons: Sequence[Comparison], file: Path) -> list[Path]:
    shown = [(c, [r for r in c.rows if r.ms_per_image is not None]) for c in comparisons]
    shown = [(c, rows) for c, rows in shown if rows]
    if not shown:
        return []
    heights = [0.9 + 0.24 * len(rows) for _, rows in shown]
    figure = new_figure(8.5, sum(heights))
    panels = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (comparison, rows) in zip(panels, shown, strict=True):
        _bars(plain_axes(axes, str(comparison.scenario)), rows)
    return [save(figure, file.with_suffix(ending)) for ending in _ENDINGS]


def _bars(axes: Axes, rows: list[Row]) -> None:
    rows = rows[::-1]  # matplotlib counts upwards
    medians = [r.ms_per_image or 0.0 for r in rows]
    spread = [
        [m - (r.ms_low or m) for m, r in zip(medians, rows, strict=True)],
        [(r.ms_high or m) - m for m, r in zip(medians, rows, strict=True)],
    ]
    colors = [_COLORS[r.kind] for r in rows]
    axes.barh([r.name for r in rows], medians, xerr=spread, color=colors, ecolor=INK)
    for place, (value, row) in enumerate(zip(medians, rows, strict=True)):
        end = max(value, row.ms_high or 0.0)  # beyond the line of the spread
        axes.annotate(f"  {value:.3g}", (end, place), va="center", fontsize=8, color=INK)
    axes.margins(x=0.12)
    axes.set_xlabel("ms an image (median, quartiles)", fontsize=9, color=MUTED)


@dataclass(frozen=True)
class _Lines:
    """A picture of lines: one row of panels for scenarios that differ in nothing but x.

    Attributes:
        file: its name, without the ending.
        x: of a scenario.
        mark: what stands at x.
        x_label: what it is.
        alike: a scenario with x and the device left out, as the panel's title tells it.
        panels: title and field of `Row`.
    """

    file: str
    x: Callable[[Scenario], int]
    mark: Callable[[Scenario], str]
    x_label: str
    alike: Callable[[Scenario], str]
    panels: tuple[tuple[str, str], ...]


_LINES = (
    _Lines(
        "growth",
        lambda s: s.height * s.width,
        lambda s: f"{s.height}x{s.width}",
        "image size, by its number of pixels",
        lambda s: f"{s.work} {s.precision} {s.path}, batch {s.batch_size}",
        (("ms an image", "ms_per_image"), ("peak MiB", "peak_mib")),
    ),
    _Lines(
        "batch",
        lambda s: s.batch_size,
        lambda s: str(s.batch_size),
        "batch size",
        lambda s: f"{s.work} {s.precision} {s.path}, {s.height}x{s.width}",
        (("images/s", "images_per_second"), ("peak MiB", "peak_mib")),
    ),
)


def _lines(lines: _Lines, models: Sequence[Comparison], file: Path) -> list[Path]:
    if len({lines.x(c.scenario) for c in models}) < 2:
        return []
    groups: dict[str, list[Comparison]] = {}
    for comparison in models:
        groups.setdefault(lines.alike(comparison.scenario), []).append(comparison)
    figure = new_figure(9.5, 1 + 3 * len(groups))
    grid = figure.subplots(len(groups), len(lines.panels), squeeze=False)
    styles = _styles(models)
    for (alike, group), row in zip(groups.items(), grid, strict=True):
        for axes, (title, field) in zip(row, lines.panels, strict=True):
            _panel(plain_axes(axes, f"{title}: {alike}"), lines, group, field, styles)
    keys = [Line2D([], [], label=name, **style) for name, style in styles.items()]
    figure.legend(
        handles=keys,
        title=f"on {models[0].scenario.device}",
        title_fontsize=9,
        loc="outside upper center",
        ncols=4,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
    )
    return [save(figure, file.with_suffix(ending)) for ending in _ENDINGS]


def _styles(models: Sequence[Comparison]) -> dict[str, dict[str, Any]]:
    """Contestants' colours, of their kinds, and marks, which tell those of one kind apart."""
    kinds = {row.name: row.kind for comparison in models for row in comparison.rows}
    styles, seen = {}, Counter()
    for name, kind in kinds.items():
        mark = _MARKERS[seen[kind] % len(_MARKERS)]
        styles[name] = {"color": _COLORS[kind], "marker": mark, "markersize": 5, "linewidth": 1.2}
        seen[kind] += 1
    return styles


def _panel(
    axes: Axes, lines: _Lines, group: list[Comparison], field: str, styles: dict[str, Any]
) -> None:
    for name, style in styles.items():
        points = sorted(
            (lines.x(comparison.scenario), getattr(row, field))
            for comparison in group
            for row in comparison.rows
            if row.name == name and getattr(row, field) is not None
        )
        if points:
            axes.loglog(*zip(*points, strict=True), **style)
    marks = {lines.x(c.scenario): lines.mark(c.scenario) for c in group}
    axes.set_xticks(list(marks), list(marks.values()))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel(lines.x_label, fontsize=9, color=MUTED)
