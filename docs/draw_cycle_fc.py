"""Draw docs/images/cycle_fc-{light,dark}.svg: where each input channel of a Cycle FC looks."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cyclemlp import cycle_offsets

IMAGES = Path(__file__).with_name("images")
CHANNELS, REACH = 9, 3
INK = {"light": "#1f2328", "dark": "#e6edf3"}
GRID = {"light": "#d1d9e0", "dark": "#3d444d"}
HERE, MOVED = "#3b82f6", "#f59e0b"
PANELS = [
    ("Channel FC", (1, 1)),
    ("Cycle FC, stepsize 1×3", (1, 3)),
    ("Cycle FC, stepsize 1×7", (1, 7)),
]


def draw(theme: str) -> None:
    """Write one theme's picture; the background stays transparent."""
    ink = INK[theme]
    figure = Figure(figsize=(9, 3.3), layout="constrained")
    figure.patch.set_alpha(0)
    for axes, (title, stepsize) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        _staircase(axes, stepsize, GRID[theme])
        axes.set_title(title, color=ink, fontsize=11)
        axes.set_xlabel("position along the width, relative to the output", color=ink, fontsize=8)
        axes.set_ylabel("input channel", color=ink, fontsize=8)
        axes.tick_params(colors=ink, length=0, labelsize=8)
    path = IMAGES / f"cycle_fc-{theme}.svg"
    figure.savefig(path, transparent=True, metadata={"Date": None})
    print(path)


def _staircase(axes: Axes, stepsize: tuple[int, int], grid: str) -> None:
    """A row a channel; the filled cell is the position that channel reads."""
    for channel, offset in enumerate(cycle_offsets(CHANNELS, stepsize)[:, 1].tolist()):
        for column in range(-REACH, REACH + 1):
            fill = "none" if column != offset else MOVED if offset else HERE
            corner = (column - 0.5, channel - 0.5)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=fill, edgecolor=grid, linewidth=0.8))
    axes.set(xlim=(-REACH - 0.6, REACH + 0.6), ylim=(CHANNELS - 0.4, -0.6), aspect="equal")
    axes.set(xticks=range(-REACH, REACH + 1), yticks=range(CHANNELS), frame_on=False)


if __name__ == "__main__":
    mpl.rcParams["svg.hashsalt"] = "cyclemlp"  # the same file every time
    for theme in INK:
        draw(theme)
