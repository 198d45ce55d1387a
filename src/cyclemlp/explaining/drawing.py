"""Evidence drawn over the picture, beside the picture itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw

from cyclemlp.explaining.targets import Box
from cyclemlp.tasks.classification.drawing import label_strip
from cyclemlp.tasks.common.drawing import PAPER

_COLORS = colormaps["inferno"]
_OPACITY = 0.75  # of the strongest evidence
_COLUMNS = 4
_GAP = 4  # pixels


def panel(picture: Image.Image, heat: np.ndarray, text: str, box: Box | None) -> Image.Image:
    """Return the picture under the evidence, with a strip of text below it.

    Args:
        picture: as the network sees it.
        heat: ``(H, W)`` in 0..1, of the picture's size.
        text: in the strip.
        box: is drawn as a frame.
    """
    colors = 255 * _COLORS(heat)[..., :3]
    opacity = _OPACITY * np.sqrt(heat)[..., None]
    gray = np.asarray(picture.convert("L"), float)[..., None]
    mixed = Image.fromarray((gray * (1 - opacity) + colors * opacity).round().astype(np.uint8))
    if box is not None:
        width = max(1, min(picture.size) // 150)
        ImageDraw.Draw(mixed).rectangle(box, outline=(90, 220, 120), width=width)
    return label_strip(mixed, text)


def beside(panels: Sequence[Image.Image]) -> Image.Image:
    """Return panels of one size in rows of four."""
    width, height = panels[0].width + _GAP, panels[0].height + _GAP
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    sheet = Image.new("RGB", (columns * width - _GAP, rows * height - _GAP), PAPER)
    for number, one in enumerate(panels):
        sheet.paste(one, (number % columns * width, number // columns * height))
    return sheet
