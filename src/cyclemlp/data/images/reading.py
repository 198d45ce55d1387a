"""Reading image files: the upright RGB image, the stored pixels, the header, or the fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

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
from cyclemlp.data.images.rgb import check_mode, upright_rgb


def read_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read an image as upright 8-bit RGB, as an image viewer shows it.

    The EXIF orientation is applied. The first frame of an animation is used. 16-bit gray is scaled
    to 8 bits, not clipped. Transparent pixels are composited over white. CMYK is converted with
    Pillow's formula, without a color profile, as timm and torchvision do.

    Args:
        source: a path, or an open binary file.
        max_pixels: larger images are refused before they are decoded.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used; the message has its name and the reason.
    """
    with _named_faults(source), opened(source, max_pixels) as image:
        decode(image)
        return upright_rgb(image)


def image_fault(source: ImageSource, max_pixels: int = MAX_PIXELS) -> str | None:
    """Return why an image file cannot be used, or None if it can.

    The whole file is decoded. A JPEG is decoded at an eighth of its size: this reads the whole
    stream, and so finds every truncation, in a fraction of the time.

    Args:
        source: a path, or an open binary file.
        max_pixels: as in `read_image`.
    """
    try:
        with opened(source, max_pixels) as image:
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))  # type: ignore[arg-type]
            decode(image)
            check_mode(image)
    except Unusable as fault:
        return str(fault)
    except FileNotFoundError:
        return "no such file"
    return None


def image_header(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Header:
    """Read an image's size and orientation without decoding its pixels.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file is not an image, or is too large.
    """
    with _named_faults(source), opened(source, max_pixels) as image:
        return Header(image.width, image.height, orientation_of(image))


def read_stored(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read an image's stored pixels: no orientation is applied, no mode is converted.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used; the message has its name and the reason.
    """
    with _named_faults(source):
        image = opened(source, max_pixels)
        decode(image)
        return image


@contextmanager
def _named_faults(source: ImageSource) -> Iterator[None]:
    """Raise an `ImageError` with the source's name in place of an `Unusable`."""
    try:
        yield
    except Unusable as fault:
        raise ImageError(f"{name_of(source)}: {fault}") from fault.__cause__
