"""Class colours on an image, and their legend below it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from cyclemlp.data.colors import Color
from cyclemlp.tasks.common.drawing import INK, at_least_readable, with_footer
from cyclemlp.tasks.common.fonts import font_for

_OPACITY = 0.55
_PIXELS_AT_ONCE = 1 << 20  # bounds the memory of colors in float64

Entry = tuple[str, Color, float]
"""Name, colour, and width of the name in pixels."""


def overlay(image: Image.Image, mask: np.ndarray, colors: Sequence[Color]) -> Image.Image:
    """Return an RGB copy of `image` tinted with the colours of the classes.

    Args:
        image: the original image.
        mask: class indices ``(H, W)``; pixels with an index beyond the colours stay as they are.
        colors: of each class.
    """
    pixels = np.array(image.convert("RGB"))
    paint = np.array(colors, np.float64).reshape(-1, 3)
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        part, labels = pixels[top : top + rows], mask[top : top + rows]
        known = labels < len(colors)
        mixed = part[known] * (1 - _OPACITY) + paint[labels[known]] * _OPACITY
        part[known] = mixed.round().astype(np.uint8)
    return Image.fromarray(pixels)


def legend(image: Image.Image, entries: Sequence[tuple[str, Color]]) -> Image.Image:
    """Return an RGB copy of `image` with coloured squares and names in lines below it."""
    image = at_least_readable(image.convert("RGB"))
    size = max(12, min(image.size) // 24)
    font = font_for("".join(name for name, _ in entries), size)
    measured = [(name, color, font.getlength(name)) for name, color in entries]
    lines = _in_lines(measured, image.width, size)
    canvas = with_footer(image, round(size * 1.7) * len(lines))
    pen = ImageDraw.Draw(canvas)
    for row, line in enumerate(lines):
        x, y = size // 2, image.height + round(size * 1.7 * (row + 0.5))
        for name, color, width in line:
            pen.rectangle((x, y - size // 2, x + size, y + size // 2), fill=color)
            pen.text((x + round(1.4 * size), y), name, INK, font, anchor="lm")
            x += _entry_width(width, size)
    return canvas


def _in_lines(entries: Sequence[Entry], room: int, size: int) -> list[list[Entry]]:
    """Distribute entries over lines that are `room` pixels wide."""
    lines: list[list[Entry]] = []
    left = 0
    for entry in entries:
        width = _entry_width(entry[2], size)
        if not lines or left < width:
            lines.append([])
            left = room - size
        lines[-1].append(entry)
        left -= width
    return lines


def _entry_width(text: float, size: int) -> int:
    return round(text + 2.4 * size)
