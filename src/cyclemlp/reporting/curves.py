"""Training curves."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cyclemlp.reporting.canvas import INK, MUTED, SERIES, new_figure, plain_axes, save

_AXIS = ("epoch", "step")
_TRAIN = "train_"
_METRICS = "Held-out metrics"
_TITLES = {"loss": "Loss", "lr": "Learning rate"}
_PANELS_A_ROW = 3
_PANEL = (3.7, 2.9)  # inches

Series = list[tuple[float, float]]


def curves(csv_path: str | Path, out_path: str | Path) -> Path:
    """Draw each column of a run's metrics.csv over the epochs, in rows of three panels.

    A loss has one panel with the lines "train" and "held-out". All metrics, which are fractions,
    share a panel, and the learning rate has its own.

    Args:
        csv_path: a file with a column ``epoch``; empty cells are gaps.
        out_path: of the picture.

    Returns:
        The picture's path.

    Raises:
        ValueError: the file has no rows.
    """
    columns = read_columns(Path(csv_path))
    panels = _panels(columns)
    columns_of_panels = min(_PANELS_A_ROW, len(panels))
    rows = math.ceil(len(panels) / columns_of_panels)
    figure = new_figure(_PANEL[0] * columns_of_panels, _PANEL[1] * rows)
    cells = list(figure.subplots(rows, columns_of_panels, squeeze=False).flat)
    for axes, (title, series) in zip(cells, panels.items(), strict=False):
        _draw(plain_axes(axes, title), series, as_percent=title == _METRICS)
    for axes in cells[len(panels) :]:
        axes.axis("off")
    return save(figure, out_path)


def read_columns(path: Path) -> dict[str, Series]:
    """Return each column of a run's metrics.csv as points over the epochs.

    Raises:
        ValueError: the file has no rows.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise ValueError(f"{path} has no rows; a run writes one after every epoch")
    names = [name for name in rows[0] if name not in _AXIS]
    return {name: [(float(r["epoch"]), float(r[name])) for r in rows if r[name]] for name in names}


def _panels(columns: dict[str, Series]) -> dict[str, dict[str, Series]]:
    """Group columns into panels: panel title to line name to points."""
    losses = {name.removeprefix(_TRAIN) for name in columns if name.startswith(_TRAIN)}
    panels: dict[str, dict[str, Series]] = {}
    for name, points in columns.items():
        base = name.removeprefix(_TRAIN)
        if base in losses:
            line = "train" if name.startswith(_TRAIN) else "held-out"
            panels.setdefault(_TITLES.get(base, base), {})[line] = points
        elif name in _TITLES:
            panels[_TITLES[name]] = {name: points}
        elif len(panels.setdefault(_METRICS, {})) < len(SERIES):  # a colour each
            panels[_METRICS][name] = points
    order = [_METRICS, "Learning rate"]
    return dict(
        sorted(panels.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1)
    )


def _draw(axes: Axes, series: dict[str, Series], as_percent: bool) -> None:
    for (name, points), color in zip(series.items(), SERIES * len(series), strict=False):
        x, y = zip(*points, strict=True) if points else ((), ())
        last = f"{y[-1]:.1%}" if as_percent and y else f"{y[-1]:.3g}" if y else "no value"
        marker = "o" if len(x) < 3 else None
        axes.plot(x, y, color=color, linewidth=1.8, marker=marker, label=f"{name}  {last}")
    axes.set_xlabel("epoch", fontsize=9, color=MUTED)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if as_percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    else:
        axes.ticklabel_format(axis="y", scilimits=(-2, 4))
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
