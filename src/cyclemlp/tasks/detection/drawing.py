"""Objects on an image: translucent masks, boxes, and labels that stay inside it."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from cyclemlp.data.colors import Color
from cyclemlp.tasks.common.drawing import at_least_readable
from cyclemlp.tasks.common.fonts import Font, font_for
from cyclemlp.tasks.detection.labels import Rectangle, place_labels
from cyclemlp.tasks.detection.masks import Patch

_OPACITY = 0.45
_MINIMUM_WIDTH = 400  # pixels, for several labels side by side
_LARGE, _SMALL = 0.024, 0.012  # font sizes as shares of an image's side
_SMALLEST = 11  # font size in pixels


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
    """Return an RGB copy of `image` with the objects on it, the first ones on top.

    A tiny image is first enlarged by a whole factor. Line width and font size follow the image
    size. Labels cover no other label; one that finds no place is left out.
    """
    original = image.convert("RGB")
    picture = at_least_readable(_tinted(original, objects), _MINIMUM_WIDTH)
    factor = picture.width / original.width
    boxes = [[value * factor for value in one.box] for one in objects]
    size = _font_size(picture.size, boxes)
    pen, font = ImageDraw.Draw(picture), font_for("".join(one.text for one in objects), size)
    for one, box in reversed(list(zip(objects, boxes, strict=True))):
        _frame(pen, box, one.color, max(1, round(size / 6)))
    texts = [_cut(one.text, font, picture.width - size // 2) for one in objects]
    sizes = [_label_size(pen, font, text, size) for text in texts]
    for one, text, place in zip(
        objects, texts, place_labels(boxes, sizes, picture.size), strict=True
    ):
        if place is not None:
            _label(pen, font, place, text, one.color)
    return picture


def _font_size(size: tuple[int, int], boxes: Sequence[Sequence[float]]) -> int:
    """Return the font size in pixels: a share of the image's side, half as much on small boxes."""
    side = sqrt(size[0] * size[1])
    sides = [max(right - left, bottom - top) for left, top, right, bottom in boxes]
    fitting = median(sides) / 4 if sides else side
    return max(_SMALLEST, round(min(_LARGE * side, max(_SMALL * side, fitting))))


def _tinted(image: Image.Image, objects: Sequence[Drawn]) -> Image.Image:
    masked = [(one.mask, one.color) for one in objects if one.mask is not None]
    if not masked:
        return image.copy()  # a large image takes much memory in float32
    pixels = np.array(image, np.float32)
    for mask, color in reversed(masked):
        _tint(pixels, mask, color)
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


def _cut(text: str, font: Font, room: float) -> str:
    while len(text) > 1 and font.getlength(text) > room:
        text = text[:-2] + "…"
    return text


def _label_size(pen: ImageDraw.ImageDraw, font: Font, text: str, size: int) -> tuple[int, int]:
    _, top, _, bottom = pen.textbbox((0, 0), "Ag", font)
    margin = _margin(size)
    return round(font.getlength(text)) + 2 * margin, round(bottom - top) + 2 * margin


def _margin(size: float) -> int:
    return max(2, round(size / 8))


def _label(pen: ImageDraw.ImageDraw, font: Font, place: Rectangle, text: str, color: Color) -> None:
    """Draw text on a background of the class's colour."""
    left, top, right, bottom = (round(value) for value in place)
    pen.rectangle((left, top, right - 1, bottom - 1), fill=color)
    ink = (0, 0, 0) if _is_light(color) else (255, 255, 255)
    pen.text(((left + right) / 2, (top + bottom) / 2), text, ink, font, anchor="mm")


def _is_light(color: Color) -> bool:
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140
