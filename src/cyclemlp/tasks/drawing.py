"""Text on pictures, legible at any picture size."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

_MINIMUM_WIDTH = 160
_INK = (255, 255, 255)
_PAPER = (24, 26, 32)


def label_strip(image: Image.Image, text: str) -> Image.Image:
    """A copy of `image`, RGB, with a strip of text below it; nothing of the image is covered.

    The font grows with the image. A tiny image is enlarged in whole steps, its pixels kept as they
    are, until a strip is readable; text too long for the width gets a smaller font, then an
    ellipsis.
    """
    image = _at_least_readable(image.convert("RGB"))
    size = max(12, min(image.size) // 16)
    font, text = _fit(text, image.width - size, size)
    height = round(size * 1.9)
    canvas = Image.new("RGB", (image.width, image.height + height), _PAPER)
    canvas.paste(image, (0, 0))
    ImageDraw.Draw(canvas).text(
        (size // 2, image.height + height // 2), text, _INK, font, anchor="lm"
    )
    return canvas


def _at_least_readable(image: Image.Image) -> Image.Image:
    factor = -(-_MINIMUM_WIDTH // image.width)
    if factor == 1:
        return image
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _fit(
    text: str, width: int, size: int
) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, str]:
    """The largest font from `size` to 12 px in which `text` fits; at 12 px the text is cut."""
    for points in range(size, 11, -1):
        font = ImageFont.load_default(points)
        if font.getlength(text) <= width:
            return font, text
    font = ImageFont.load_default(12)
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return font, text + "…"
