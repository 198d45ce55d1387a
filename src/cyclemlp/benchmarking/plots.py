"""Pictures of a benchmark: who takes how long, and how time grows with the image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from cyclemlp.benchmarking.results import Comparison, Row
from cyclemlp.reporting.canvas import BLUE, GREEN, INK, MUTED, ORANGE, new_figure, plain_axes, save

_COLORS = {"ours": BLUE, "deformable": ORANGE, "twin": GREEN, "timm": MUTED}
_ENDINGS = ("png", "svg")


def draw(comparisons: Sequence[Comparison], folder: Path) -> list[Path]:
    """Write `speed.png`, `speed.svg` and, for several image sizes, `growth.png`, `growth.svg`.

    Args:
        comparisons: those without a speed are left out.
        folder: to write into.

    Returns:
        What was written; nothing where nothing has a speed.
    """
    written = _speed(comparisons, folder)
    models = [c for c in comparisons if c.scenario.subject == "model"]
    if len({(c.scenario.height, c.scenario.width) for c in models}) > 1:
        written += _growth(models, folder)
    return written


def _speed(comparisons: Sequence[Comparison], folder: Path) -> list[Path]:
    shown = [(c, [r for r in c.rows if r.ms_per_image is not None]) for c in comparisons]
    shown = [(c, rows) for c, rows in shown if rows]
    if not shown:
        return []
    heights = [0.9 + 0.24 * len(rows) for _, rows in shown]
    figure = new_figure(8.5, sum(heights))
    panels = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (comparison, rows) in zip(panels, shown, strict=True):
        _bars(plain_axes(axes, str(comparison.scenario)), rows)
    return [save(figure, folder / f"speed.{ending}") for ending in _ENDINGS]


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


def _growth(models: Sequence[Comparison], folder: Path) -> list[Path]:
    figure = new_figure(9.5, 4.2)
    left, right = figure.subplots(1, 2)
    for axes, title, name in (
        (left, "Time, ms an image", "ms_per_image"),
        (right, "Peak memory, MiB", "peak_mib"),
    ):
        _lines(plain_axes(axes, title), models, name)
    left.legend(frameon=False, fontsize=8, labelcolor=INK)
    return [save(figure, folder / f"growth.{ending}") for ending in _ENDINGS]


def _lines(axes: Axes, models: Sequence[Comparison], name: str) -> None:
    series: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for comparison in models:
        s = comparison.scenario
        for row in comparison.rows:
            value = getattr(row, name)
            if row.kind != "timm" and value is not None:
                label = f"{row.name}, {s.work} {s.precision} {s.path}, batch {s.batch_size}"
                series.setdefault((label, row.kind), []).append((s.height * s.width, value))
    for (label, kind), points in series.items():
        pixels, values = zip(*sorted(points), strict=True)
        axes.loglog(pixels, values, marker="o", color=_COLORS[kind], label=label)
    axes.set_xlabel("pixels", fontsize=9, color=MUTED)
