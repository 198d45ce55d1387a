"""Conversion of decoded images to upright 8-bit RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cyclemlp.data.images.channels import BEYOND_8_BITS, RGB, mismatch
from cyclemlp.data.images.header import orientation_of
from cyclemlp.data.images.opening import ImageError, Unusable
from cyclemlp.data.images.values import to_8_bits

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_METADATA = ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp")  # hold the orientation


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
    return rgb_of_upright(upright(image))


def upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation.

    Pillow's `exif_transpose` also writes the other EXIF tags, and fails on those that it cannot
    write; here they are dropped, the orientation with them.
    """
    orientation = orientation_of(image)
    if orientation == 1:
        return image
    turned = image.transpose(_TURNS[orientation])
    turned.format = image.format
    for key in _METADATA:
        turned.info.pop(key, None)
    return turned


def rgb_of_upright(image: Image.Image) -> Image.Image:
    """Convert an upright image to 8-bit RGB.

    Raises:
        Unusable: its mode has no defined 8-bit colors.
    """
    if image.mode in BEYOND_8_BITS:
        image = Image.fromarray(to_8_bits(np.asarray(image)))
    try:
        if image.has_transparency_data:
            return _over_white(image)
        return image.copy() if image.mode == "RGB" else image.convert("RGB")
    except ValueError as error:
        raise Unusable(f"color mode {image.mode} cannot be converted to RGB") from error


def array_rgb(values: np.ndarray) -> Image.Image:
    """Convert values ``(H, W, 1)`` or ``(H, W, 3)`` to 8-bit RGB.

    Raises:
        Unusable: there is another number of channels, or the values have no defined 8-bit colors.
    """
    if values.shape[2] not in (1, RGB):
        raise mismatch(values.shape[2], RGB)
    return Image.fromarray(to_8_bits(np.repeat(values, RGB // values.shape[2], axis=2)))


def check_mode(image: Image.Image) -> None:
    """Check that a decoded image has defined 8-bit colors.

    Raises:
        Unusable: it has floating-point values beyond 0..1, or integers beyond 16 bits.
    """
    if image.mode in ("F", "I"):
        to_8_bits(np.asarray(image))


def _over_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")
