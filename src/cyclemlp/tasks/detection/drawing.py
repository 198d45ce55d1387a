"""Objects on an image: translucent masks, boxes, and labels that stay inside the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cyclemlp.data.split import Color
from cyclemlp.tasks.common.drawing import at_least_readable
from cyclemlp.tasks.detection.masks import Patch

_OPACITY = 0.45
_MINIMUM_WIDTH = 400  # pixels, for several labels side by side
_Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"


class Drawn(NamedTuple):
    """One object to draw.

    Attributes:
        box: left, top, right, bottom in pixels.
        text: the label.
        color: of mask, box and label.
        mask: None if there is none.
    """

    box: Sequence[float]
    text: str
    color: Color
    mask: Patch | None = None


def draw_objects(image: Image.Image, objects: Sequence[Drawn]) -> Image.Image:
    """Return an RGB copy of `image` with the objects on it, later ones over earlier ones.

    A tiny image is first enlarged by a whole factor. Line width and font size follow the image
    size.
    """
    original = image.convert("RGB")
    picture = at_least_readable(_tinted(original, objects), _MINIMUM_WIDTH)
    factor = picture.width / original.width
    size = max(11, min(picture.size) // 36)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size)
    for one in objects:
        box = [value * factor for value in one.box]
        _frame(pen, box, one.color, max(1, round(size / 6)))
    for one in objects:  # after all boxes, so that no box covers a label
        left, top, *_ = (value * factor for value in one.box)
        _label(pen, font, (left, top), one, picture.size)
    return picture


def _tinted(image: Image.Image, objects: Sequence[Drawn]) -> Image.Image:
    pixels = np.array(image, np.float32)
    for one in objects:
        if one.mask is not None:
            _tint(pixels, one.mask, one.color)
    return Image.fromarray(pixels.round().astype(np.uint8))


def _tint(pixels: np.ndarray, mask: Patch, color: Color) -> None:
    height, width = mask.pixels.shape
    part = pixels[mask.top : mask.top + height, mask.left : mask.left + width]
    part[mask.pixels] += _OPACITY * (np.array(color, np.float32) - part[mask.pixels])


def _frame(pen: ImageDraw.ImageDraw, box: Sequence[float], color: Color, width: int) -> None:
    left, top, right, bottom = box
    # Right and bottom are exclusive, and PIL's rectangle includes its corners.
    corners = (left, top, max(left, right - 1), max(top, bottom - 1))
    pen.rectangle(corners, outline=color, width=width)


def _label(
    pen: ImageDraw.ImageDraw,
    font: _Font,
    place: tuple[float, float],
    one: Drawn,
    size: tuple[int, int],
) -> None:
    """Draw text on a background of the class's colour, above the box or, at the top edge, in it."""
    text = one.text
    while len(text) > 1 and font.getlength(text) + 4 > size[0]:
        text = text[:-2] + "…"
    _, top, _, bottom = pen.textbbox((0, 0), "Ag", font)
    width, height = round(font.getlength(text)) + 4, round(bottom - top) + 4
    x = min(max(0, place[0]), max(0, size[0] - width))
    y = place[1] - height if place[1] >= height else min(max(0, place[1]), size[1] - height)
    pen.rectangle((x, y, x + width - 1, y + height - 1), fill=one.color)
    ink = (0, 0, 0) if _is_light(one.color) else (255, 255, 255)
    pen.text((x + 2, y + 2 - top), text, ink, font)


def _is_light(color: Color) -> bool:
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140
