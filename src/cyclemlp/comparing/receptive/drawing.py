"""Pictures of pseudo-kernels and of receptive fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.comparing.receptive.fields import Field
from cyclemlp.comparing.receptive.kernels import PseudoKernel
from cyclemlp.reporting.canvas import GRID, INK, MUTED, ORANGE, new_figure, plain_axes

_CHANNELS = 12  # shown on the left


def draw_kernels(kernels: Sequence[PseudoKernel], file: Path) -> list[Path]:
    """Draw each pseudo-kernel as the paper's figure does, and return the written files.

    On the left is the position that each channel reads, along both axes; on the right these
    positions on the plane, with the share of the channels that read them.

    Args:
        kernels: none are drawn if it is empty.
        file: path without the suffix.
    """
    if not kernels:
        return []
    figure = new_figure(9, 2.9 * len(kernels))
    grid = figure.subplots(len(kernels), 2, squeeze=False, width_ratios=(2, 1))
    for (left, right), kernel in zip(grid, kernels, strict=True):
        _draw_channels(left, kernel)
        _draw_plane(right, kernel)
    return save_all(figure, file)


def _draw_channels(axes: Axes, kernel: PseudoKernel) -> None:
    """Draw the row and the column that each of some channels reads."""
    layers = f"{kernel.layers} layer" + ("s" if kernel.layers > 1 else "")
    plain_axes(axes, f"{kernel.name} ({layers})")
    offsets = _some(kernel)
    for place, (_, (down, across)) in enumerate(offsets):
        axes.bar(place - 0.2, 0.9, 0.36, down - 0.45, color=MUTED)
        axes.bar(place + 0.2, 0.9, 0.36, across - 0.45, color=ORANGE)
    axes.set_xticks(range(len(offsets)), [str(channel) for channel, _ in offsets])
    reach = max(max(abs(down), abs(across)) for down, across in kernel.offsets)
    axes.set_ylim(-reach - 0.6, reach + 0.6)
    axes.set_yticks(range(-reach, reach + 1))
    axes.set_xlabel("input channel", fontsize=9, color=MUTED)
    axes.set_ylabel("offset in positions", fontsize=9, color=MUTED)
    keys = [Patch(color=MUTED, label="down"), Patch(color=ORANGE, label="right")]
    place = {"loc": "upper right", "bbox_to_anchor": (1, 1.14)}
    axes.legend(handles=keys, frameon=False, fontsize=8, ncols=2, **place)


def _some(kernel: PseudoKernel) -> list[tuple[int, tuple[int, int]]]:
    """Return channels with their offsets: periods of a cycle, some channels of an axial shift."""
    count = len(kernel.offsets)
    if count <= _CHANNELS:
        return [(c, kernel.offsets[c % count]) for c in range(max(_CHANNELS, count))]
    return [(c, kernel.offsets[c]) for c in np.linspace(0, count - 1, _CHANNELS).astype(int)]


def _draw_plane(axes: Axes, kernel: PseudoKernel) -> None:
    """Draw the positions that channels read around the centre, darker for more channels."""
    shares = Counter(kernel.offsets)
    reach = max(2, *(max(abs(down), abs(across)) for down, across in kernel.offsets)) + 0.5
    most = max(shares.values())
    for row in range(-int(reach), int(reach) + 1):
        for column in range(-int(reach), int(reach) + 1):
            share = shares[row, column]
            corner = (column - 0.5, row - 0.5)
            color = ORANGE if share else "white"
            strength = 0.35 + 0.65 * share / most if share else 1
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=color, alpha=strength, edgecolor=GRID))
            if share:
                text = f"{share / len(kernel.offsets):.0%}"
                axes.text(column, row, text, ha="center", va="center", fontsize=7, color=INK)
    axes.add_patch(Rectangle((-0.5, -0.5), 1, 1, fill=False, edgecolor=INK, linewidth=1.5))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(reach, -reach)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title("{}×{}".format(*kernel.size), fontsize=10, color=INK)


def draw_fields(fields: Sequence[Field], file: Path) -> list[Path]:
    """Draw the receptive field of each stage, and return the written files.

    Args:
        fields: at least one.
        file: path without the suffix.
    """
    figure = new_figure(2.7 * len(fields), 3.2)
    for axes, field in zip(figure.subplots(1, len(fields), squeeze=False)[0], fields, strict=True):
        axes.imshow(np.sqrt(field.heat), cmap="inferno", vmin=0, vmax=1, interpolation="nearest")
        axes.set_title(
            f"map {field.stage}, stride {field.stride}", loc="left", fontsize=10, color=INK
        )
        note = "half from {:.2%} of the pixels\n1 % of the peak within {}×{}"
        axes.set_xlabel(note.format(field.half_share, *field.reach), fontsize=8, color=MUTED)
        axes.set_xticks([])
        axes.set_yticks([])
    return save_all(figure, file)
