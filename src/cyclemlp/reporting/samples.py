"""A grid of sample predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from PIL import Image

from cyclemlp.reporting.canvas import GREEN, INK, RED, new_figure, save

_COLUMNS = 6
_CAPTION = 0.36  # inches below an image for two lines
_LONGEST = 16


class Labelled(Protocol):
    """A prediction with one best label."""

    @property
    def label(self) -> str:
        """The best label."""
        ...

    @property
    def probability(self) -> float:
        """Its probability, 0..1."""
        ...


def sample_grid(
    images: Sequence[Image.Image],
    predictions: Sequence[Labelled],
    truths: Sequence[Labelled],
    out_path: str | Path,
) -> Path:
    """Draw images with their predicted and true labels.

    Correct and wrong predictions differ in sign (✓, ✗), line style of the frame and colour.

    Args:
        images: at least one.
        predictions: one for each image.
        truths: with the true class of each image.
        out_path: of the picture.

    Returns:
        The picture's path.
    """
    assert len(images) == len(predictions) == len(truths) > 0
    columns = min(_COLUMNS, len(images))
    rows = math.ceil(len(images) / columns)
    height = 2.3 * rows + _CAPTION
    figure = new_figure(1.9 * columns, height)
    room = (0, _CAPTION / height, 1, 1 - _CAPTION / height)
    figure.get_layout_engine().set(h_pad=_CAPTION / 2, rect=room)  # type: ignore[union-attr]
    cells = figure.subplots(rows, columns, squeeze=False).flat
    for axes in cells:
        axes.axis("off")
    for axes, image, prediction, truth in zip(
        figure.axes, images, predictions, truths, strict=False
    ):
        _draw(axes, image, prediction, truth.label)
    return save(figure, out_path)


def _draw(axes: Axes, image: Image.Image, prediction: Labelled, truth: str) -> None:
    right = prediction.label == truth
    color, line, sign = (GREEN, "solid", "✓") if right else (RED, "dashed", "✗")
    small = max(image.size) < 96
    axes.imshow(image.convert("RGB"), interpolation="nearest" if small else "antialiased")
    frame = Rectangle((0, 0), 1, 1, transform=axes.transAxes, fill=False, clip_on=False)
    frame.set(edgecolor=color, linestyle=line, linewidth=2)
    axes.add_patch(frame)
    axes.set_anchor("SW")
    text = f"{sign} {_short(prediction.label)} {prediction.probability:.0%}"
    below = "" if right else f"\nis {_short(truth)}"
    caption = axes.text(
        0,
        -0.04,
        text + below,
        transform=axes.transAxes,
        va="top",
        fontsize=9,
        color=color if not right else INK,
    )
    caption.set_in_layout(False)  # a long caption must not push the columns apart


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
