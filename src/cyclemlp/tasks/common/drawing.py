"""What drawings on images of any size share."""

from __future__ import annotations

from math import isqrt

from PIL import Image

from cyclemlp.data.colors import Color

INK: Color = (255, 255, 255)
"""Colour of text outside the image."""
PAPER: Color = (24, 26, 32)
"""Background of text outside the image."""
_MINIMUM_WIDTH = 160
_MOST_PIXELS = 1 << 22  # of an enlarged image: one of 1 × 20,000 would get gigapixels


def at_least_readable(image: Image.Image, width: int = _MINIMUM_WIDTH) -> Image.Image:
    """Return the image, enlarged by a whole factor if it is narrower than `width` pixels.

    Each pixel becomes a square of pixels; nothing is interpolated. Of a narrow and very high image
    the factor is smaller, so that the result has at most 4 megapixels.
    """
    factor = min(-(-width // image.width), _largest_factor(image.size))
    if factor == 1:
        return image
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _largest_factor(size: tuple[int, int]) -> int:
    """Return the largest whole factor, at least 1, by which an image of this size is enlarged."""
    return max(1, isqrt(_MOST_PIXELS // (size[0] * size[1])))


def with_footer(image: Image.Image, height: int) -> Image.Image:
    """Return a copy of `image` with an empty footer of `height` pixels below it."""
    canvas = Image.new("RGB", (image.width, image.height + height), PAPER)
    canvas.paste(image, (0, 0))
    return canvas
