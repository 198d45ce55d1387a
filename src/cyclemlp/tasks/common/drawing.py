"""Text on pictures, legible at any picture size."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb

from PIL import Image, ImageDraw, ImageFont

from cyclemlp.data.split import Color

_MINIMUM_WIDTH = 160
_INK = (255, 255, 255)
_PAPER = (24, 26, 32)


def label_strip(image: Image.Image, text: str) -> Image.Image:
    """A copy of `image`, RGB, with a strip of text below it; nothing of the image is covered.

    The font grows with the image. A tiny image is enlarged in whole steps, its pixels kept as they
    are, until a strip is readable; text too long for the width gets a smaller font, then an
    ellipsis.
    """
    image = at_least_readable(image.convert("RGB"))
    size = max(12, min(image.size) // 16)
    font, text = _fit(text, image.width - size, size)
    height = round(size * 1.9)
    canvas = Image.new("RGB", (image.width, image.height + height), _PAPER)
    canvas.paste(image, (0, 0))
    ImageDraw.Draw(canvas).text(
        (size // 2, image.height + height // 2), text, _INK, font, anchor="lm"
    )
    return canvas


def at_least_readable(image: Image.Image, width: int = _MINIMUM_WIDTH) -> Image.Image:
    """The image, enlarged in whole steps, its pixels kept as they are, if it is narrower."""
    factor = -(-width // image.width)
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


def palette(count: int) -> tuple[Color, ...]:
    """Colours that tell neighbours in the order apart: hues a golden section apart, three tones."""
    golden = 0.61803398875
    tones = ((0.65, 0.95), (0.85, 0.7), (0.45, 0.85))
    colors = []
    for number in range(count):
        saturation, value = tones[number % len(tones)]
        parts = hsv_to_rgb((0.58 + number * golden) % 1, saturation, value)
        colors.append(tuple(round(255 * part) for part in parts))
    return tuple(colors)


def legend(image: Image.Image, entries: Sequence[tuple[str, Color]]) -> Image.Image:
    """A copy of `image`, RGB, with coloured squares and names in lines below it."""
    image = at_least_readable(image.convert("RGB"))
    size = max(12, min(image.size) // 24)
    font = ImageFont.load_default(size)
    lines = _in_lines([(name, color, font.getlength(name)) for name, color in entries], image, size)
    canvas = Image.new("RGB", (image.width, image.height + round(size * 1.7) * len(lines)), _PAPER)
    canvas.paste(image, (0, 0))
    pen = ImageDraw.Draw(canvas)
    for row, line in enumerate(lines):
        x, y = size // 2, image.height + round(size * 1.7 * (row + 0.5))
        for name, color, width in line:
            pen.rectangle((x, y - size // 2, x + size, y + size // 2), fill=color)
            pen.text((x + round(1.4 * size), y), name, _INK, font, anchor="lm")
            x += _entry_width(width, size)
    return canvas


def _in_lines(
    entries: list[tuple[str, Color, float]], image: Image.Image, size: int
) -> list[list[tuple[str, Color, float]]]:
    lines: list[list[tuple[str, Color, float]]] = []
    left = 0
    for entry in entries:
        width = _entry_width(entry[2], size)
        if not lines or left < width:
            lines.append([])
            left = image.width - size
        lines[-1].append(entry)
        left -= width
    return lines


def _entry_width(text: float, size: int) -> int:
    return round(text + 2.4 * size)
