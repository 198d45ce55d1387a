"""Reading images for networks of other than three channels: float32 values of each channel."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cyclemlp.data.images.arrays import open_array
from cyclemlp.data.images.channels import BEYOND_8_BITS, RGB, channels_of, mismatch
from cyclemlp.data.images.opening import ImageSource, decode, opened
from cyclemlp.data.images.rgb import rgb_of_upright, upright
from cyclemlp.data.images.stored_array import StoredArray
from cyclemlp.data.images.values import luma, to_float


def read_bands(source: ImageSource, channels: int, max_pixels: int) -> np.ndarray:
    """Read an image as float32 values ``(H, W, C)``; 8 and 16 unsigned bits are scaled to 0..1.

    The stored channels are returned, and transparency is one of them. One channel is made of any
    image with colors: their luma, over white where the image is transparent.

    Args:
        source: a path, or an open binary file.
        channels: C.
        max_pixels: larger images are refused before they are decoded.

    Raises:
        FileNotFoundError: the file does not exist.
        Unusable: the file is damaged, or has another number of channels.
    """
    array = open_array(source, max_pixels, channels)
    if array is not None:
        return array_bands(array, channels)
    with opened(source, max_pixels) as image:
        decode(image)
        return picture_bands(image, channels)


def array_bands(array: StoredArray, channels: int) -> np.ndarray:
    """Return the values of an array file; see `read_bands`."""
    values = to_float(array.values(channels))
    if channels == 1 and values.shape[2] == RGB:
        return luma(values)
    if values.shape[2] != channels:
        raise mismatch(values.shape[2], channels, array.pages)
    return values


def picture_bands(image: Image.Image, channels: int) -> np.ndarray:
    """Return the values of a decoded image; see `read_bands`."""
    if channels == 1:
        return _gray(upright(image))
    if channels_of(image) != channels:
        raise mismatch(channels_of(image), channels)
    image = upright(image)
    return to_float(np.asarray(image.convert("RGBA") if image.mode in ("P", "PA") else image))


def _gray(image: Image.Image) -> np.ndarray:
    if image.mode in BEYOND_8_BITS:
        values = np.asarray(image)
        if image.mode == "I" and image.format == "PNG":
            values = values.astype(np.uint16)  # 16 bits, which older versions of Pillow widen
        return to_float(values)[..., None]
    if image.mode in ("1", "L") and not image.has_transparency_data:
        return to_float(np.asarray(image.convert("L")))[..., None]
    return to_float(np.asarray(rgb_of_upright(image).convert("L")))[..., None]
