"""Conversion of decoded images to upright 8-bit RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from cyclemlp.data.images.header import orientation_of
from cyclemlp.data.images.opening import ImageError, Unusable

_SIXTEEN_BIT = ("I", "I;16", "I;16L", "I;16B", "I;16N")


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert an image in memory to upright 8-bit RGB, by the rules of `read_image`.

    Raises:
        ImageError: its mode has no defined 8-bit colors.
    """
    try:
        return upright_rgb(image)
    except Unusable as fault:
        raise ImageError(str(fault)) from fault.__cause__


def upright_rgb(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation, and convert to 8-bit RGB.

    Raises:
        Unusable: its mode has no defined 8-bit colors.
    """
    image = ImageOps.exif_transpose(image) if orientation_of(image) != 1 else image
    check_mode(image)
    if image.mode in _SIXTEEN_BIT:
        image = _scaled_to_8_bits(image)
    try:
        if image.has_transparency_data:
            return _over_white(image)
        return image.copy() if image.mode == "RGB" else image.convert("RGB")
    except ValueError as error:
        raise Unusable(f"color mode {image.mode} cannot be converted to RGB") from error


def check_mode(image: Image.Image) -> None:
    """Check that a decoded image has defined 8-bit colors.

    Raises:
        Unusable: it has floating-point pixels, or values beyond 16 bits.
    """
    if image.mode == "F":
        raise Unusable("floating-point pixels, which have no defined white; save as 8 or 16 bits")
    if image.mode == "I":
        low, high = (int(value) for value in image.getextrema())  # type: ignore[arg-type]
        if low < 0 or high > 0xFFFF:
            raise Unusable(f"pixel values of {low} to {high}; save with 8 or 16 bits a channel")


def _scaled_to_8_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.uint32)
    return Image.fromarray(((values * 255 + 0x7FFF) // 0xFFFF).astype(np.uint8))


def _over_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")
