"""Predictions beside the ground truth, for tasks that draw on the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from PIL import Image

from cyclemlp.reporting.canvas import MUTED, new_figure, save
from cyclemlp.tasks.prediction import Prediction

_PAIRS_A_ROW = 2
_WIDTH = 3.4  # inches of one image


def pair_grid(
    images: Sequence[Image.Image],
    predictions: Sequence[Prediction],
    truths: Sequence[Prediction],
    out_path: str | Path,
) -> Path:
    """Draw each image twice, with the truth on the left and the prediction on the right.

    Args:
        images: at least one.
        predictions: one for each image.
        truths: the ground truth of each image.
        out_path: of the picture.

    Returns:
        The picture's path.
    """
    assert len(images) == len(predictions) == len(truths) > 0
    columns = 2 * min(_PAIRS_A_ROW, len(images))
    rows = math.ceil(2 * len(images) / columns)
    tallest = max(image.height / image.width for image in images)
    height = _WIDTH * min(tallest, 1.5) + 0.3
    figure = new_figure(_WIDTH * columns, height * rows)
    cells = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in cells:
        axes.axis("off")
    for number, image in enumerate(images):
        _show(cells[2 * number], "truth", truths[number].draw(image))
        _show(cells[2 * number + 1], "prediction", predictions[number].draw(image))
    return save(figure, out_path)


def _show(axes: Axes, title: str, image: Image.Image) -> None:
    axes.imshow(image, interpolation="antialiased")
    axes.set_title(title, loc="left", fontsize=9, color=MUTED)
