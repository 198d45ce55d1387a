"""The label of an image, drawn below it."""

from __future__ import annotations

from PIL import Image, ImageDraw

from cyclemlp.tasks.common.drawing import INK, at_least_readable, with_footer
from cyclemlp.tasks.common.fonts import Font, font_for

_SMALLEST = 12  # pixels


def label_strip(image: Image.Image, text: str) -> Image.Image:
    """Return an RGB copy of `image` with a strip of text below it.

    The font size follows the image size. A tiny image is enlarged by a whole factor. Text that is
    too long gets a smaller font and is then cut.
    """
    image = at_least_readable(image.convert("RGB"))
    size = max(_SMALLEST, min(image.size) // 16)
    font, text = _fit(text, image.width - size, size)
    height = round(size * 1.9)
    canvas = with_footer(image, height)
    middle = (size // 2, image.height + height // 2)
    ImageDraw.Draw(canvas).text(middle, text, INK, font, anchor="lm")
    return canvas


def _fit(text: str, width: int, size: int) -> tuple[Font, str]:
    """Return the largest font up to `size` in which `text` fits; cut the text at the smallest."""
    for points in range(size, _SMALLEST - 1, -1):
        font = font_for(text, points)
        if font.getlength(text) <= width:
            return font, text
    font = font_for(text, _SMALLEST)
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return font, text + "…"
