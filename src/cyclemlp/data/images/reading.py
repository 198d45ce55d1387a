"""Reading image files: the upright RGB image, the stored pixels, or the header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from cyclemlp.data.images.arrays import open_array
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.header import Header, orientation_of
from cyclemlp.data.images.opening import (
    MAX_PIXELS,
    ImageError,
    ImageSource,
    Unusable,
    decode,
    name_of,
    opened,
)
from cyclemlp.data.images.rgb import array_rgb, upright_rgb


def read_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read an image as upright 8-bit RGB, as an image viewer shows it.

    The EXIF orientation is applied. The first page or frame is used. 16 bits are scaled to 8, not
    clipped: gray by 255 / 65535, rounded; of 16-bit colors, Pillow takes the upper 8 bits.
    Floating-point values of 0..1 are scaled by 255. Transparent pixels are composited over white.
    CMYK is converted with Pillow's formula, without a color profile, as timm and torchvision do.

    Args:
        source: a path, or an open binary file.
        max_pixels: larger images are refused before they are decoded.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used; the message has its name and the reason.
    """
    with named_faults(source):
        array = open_array(source, max_pixels)
        if array is not None:
            return array_rgb(array.values(RGB))
        with opened(source, max_pixels) as image:
            decode(image)
            return upright_rgb(image)


def image_header(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Header:
    """Read an image's size and orientation without decoding its pixels.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file is not an image, or is too large.
    """
    with named_faults(source):
        array = open_array(source, max_pixels)
        if array is not None:
            return Header(*array.size)
        with opened(source, max_pixels) as image:
            return Header(image.width, image.height, orientation_of(image))


def read_stored(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read an image's stored pixels: no orientation is applied, no mode is converted.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used; the message has its name and the reason.
    """
    with named_faults(source):
        image = opened(source, max_pixels)
        decode(image)
        return image


@contextmanager
def named_faults(source: ImageSource) -> Iterator[None]:
    """Raise an `ImageError` with the source's name in place of an `Unusable`."""
    try:
        yield
    except Unusable as fault:
        raise ImageError(f"{name_of(source)}: {fault}") from fault.__cause__
