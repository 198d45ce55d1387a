"""Opening and decoding image files with Pillow; every failure becomes one short reason."""

from __future__ import annotations

import re
import struct
import warnings
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from cyclemlp.data.images.unknown import LENGTH, kind_of_unknown
from cyclemlp.data.messages import missing

MAX_PIXELS = 89_478_485
"""Default limit on the pixels of an image: the size at which Pillow begins to warn."""

ImageSource = str | Path | BinaryIO
"""A path, or an open binary file."""


class ImageError(ValueError):
    """A file that is not a usable image. The message is ``FILE: reason``."""


class Unusable(Exception):  # noqa: N818  # carries the reason alone, without the file's name
    """The reason why an image cannot be used."""


class TooLarge(Unusable):
    """The reason is the declared size of the image."""


def name_of(source: ImageSource) -> str:
    """Return the name of an image source, for messages."""
    if isinstance(source, (str, Path)):
        return str(source)
    return str(getattr(source, "name", None) or "image in memory")


def opened(
    source: ImageSource, max_pixels: int, formats: tuple[str, ...] | None = None
) -> Image.Image:
    """Read an image's header and check its declared size; the pixels are not decoded.

    Args:
        source: a path, or an open binary file.
        max_pixels: maximum number of pixels.
        formats: Pillow's names of the formats to accept; None for all.

    Raises:
        FileNotFoundError: the file does not exist.
        Unusable: the file is not an image of these formats.
        TooLarge: it declares more than `max_pixels` pixels.
    """
    image = _with_header(source, max_pixels, formats)
    try:
        check_pixels(image.width, image.height, max_pixels)
    except TooLarge:
        image.close()
        raise
    return image


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Check the number of an image's pixels.

    Raises:
        TooLarge: there are more than `max_pixels`.
    """
    if width * height > max_pixels:
        size = f"{width} × {height} = {width * height} pixels"
        raise TooLarge(f"too large: {size}, but the limit is {max_pixels}")


def decode(image: Image.Image) -> None:
    """Decode all pixels of an opened image.

    Raises:
        Unusable: the file is truncated, damaged or too large for Pillow.
    """
    try:
        image.load()
    except Image.DecompressionBombError as error:
        raise TooLarge(_too_large(error)) from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, …
        raise Unusable(_reason(error)) from error


def _with_header(
    source: ImageSource, max_pixels: int, formats: tuple[str, ...] | None
) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Pillow's limit is global; `opened` compares with its own argument instead.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(source, formats=formats)
    except FileNotFoundError:
        raise missing(name_of(source)) from None
    except Image.DecompressionBombError as error:
        raise TooLarge(_too_large(error, max_pixels)) from error
    except UnidentifiedImageError as error:
        raise Unusable(kind_of_unknown(_start(source))) from error
    except Exception as error:  # a decoder may raise any exception on a damaged header
        system = error.strerror if isinstance(error, OSError) else None
        raise Unusable(f"cannot be opened: {system}" if system else _reason(error)) from error


def _too_large(error: Image.DecompressionBombError, max_pixels: int = MAX_PIXELS) -> str:
    """Return the reason for Pillow's error, whose own limit is twice `MAX_PIXELS`."""
    pixels = re.search(r"\d+", str(error))
    declared = f"{pixels.group()} pixels, but " if pixels else ""
    return f"too large: {declared}the limit is {min(max_pixels, 2 * MAX_PIXELS)}"


def _start(source: ImageSource) -> bytes:
    if isinstance(source, (str, Path)):
        with open(source, "rb") as file:
            return file.read(LENGTH)
    source.seek(0)
    return source.read(LENGTH)


def _reason(error: Exception) -> str:
    message = str(error).lower()
    ended = isinstance(error, (EOFError, struct.error)) or any(
        sign in message for sign in ("truncated", "unexpected end", "premature", "not enough data")
    )
    if ended:
        return "truncated: the file ends before the image data"
    return f"damaged: {error or type(error).__name__}"
