"""Image files into upright 8-bit RGB, or the reason why that cannot be done."""

from __future__ import annotations

import os
import struct
import warnings
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 89_478_485
"""Pixels of the largest picture read by default: where Pillow itself begins to warn."""

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp", ".avif"}
)
"""Endings by which a folder is searched for images. Whether a file is one, its content says."""


def is_image_name(name: str) -> bool:
    """Whether a file's name or path ends like an image's."""
    return PurePath(name).suffix.lower() in IMAGE_SUFFIXES


ImageSource = str | Path | BinaryIO

_ORIENTATION = 0x0112  # EXIF tag
_SIXTEEN_BIT = ("I", "I;16", "I;16L", "I;16B", "I;16N")


class ImageError(ValueError):
    """A file that is no usable image. The message is ``FILE: reason``."""


class Header(NamedTuple):
    """A picture's size as stored, and the EXIF orientation (1 to 8) to show it by."""

    width: int
    height: int
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, as a viewer shows it."""
        turned = self.orientation >= 5  # these four exchange rows and columns
        return (self.height, self.width) if turned else (self.width, self.height)


class _Unusable(Exception):  # noqa: N818  # the reason alone, before the file's name is put to it
    pass


def read_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read a picture as a viewer would show it, as 8-bit RGB.

    EXIF rotation is applied; of an animation, the first frame is taken; 16-bit grey is scaled to
    8 bits, not clipped; transparent pixels are laid over white; CMYK is converted by Pillow's
    formula, without colour profile, as timm and torchvision do.

    Args:
        source: a path, or an open binary file.
        max_pixels: larger pictures are refused, before they are decoded.

    Raises:
        FileNotFoundError: no such file.
        ImageError: the file cannot be used; the message names it and the reason.
    """
    try:
        with _opened(source, max_pixels) as image:
            _decode(image)
            return _to_rgb(_upright(image))
    except _Unusable as fault:
        raise ImageError(f"{_name(source)}: {fault}") from fault.__cause__


def image_fault(source: ImageSource, max_pixels: int = MAX_PIXELS) -> str | None:
    """Why a file cannot be used, in plain words; None for a good one.

    The whole file is decoded. A JPEG is decoded at an eighth of its size, which reads its whole
    stream, and so finds every truncation, in a fraction of the time.

    Args:
        source: a path, or an open binary file.
        max_pixels: as in `read_image`.
    """
    try:
        with _opened(source, max_pixels) as image:
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))  # type: ignore[arg-type]
            _decode(image)
            _check_mode(image)
    except _Unusable as fault:
        return str(fault)
    except FileNotFoundError:
        return "no such file"
    return None


def image_header(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Header:
    """A picture's size and how its pixels are stored, without decoding it.

    Raises:
        FileNotFoundError: no such file.
        ImageError: no picture, or one too large.
    """
    try:
        with _opened(source, max_pixels) as image:
            return Header(image.width, image.height, _orientation(image))
    except _Unusable as fault:
        raise ImageError(f"{_name(source)}: {fault}") from fault.__cause__


def read_stored(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """A picture's pixels as they are stored: neither turned nor brought to other colours.

    Raises:
        FileNotFoundError: no such file.
        ImageError: the file cannot be used; the message names it and the reason.
    """
    try:
        image = _opened(source, max_pixels)
        _decode(image)
    except _Unusable as fault:
        raise ImageError(f"{_name(source)}: {fault}") from fault.__cause__
    return image


def to_rgb(image: Image.Image) -> Image.Image:
    """An image already in memory as upright 8-bit RGB, by the rules of `read_image`.

    Raises:
        ImageError: its mode has no defined 8-bit colours.
    """
    try:
        return _to_rgb(_upright(image))
    except _Unusable as fault:
        raise ImageError(str(fault)) from fault.__cause__


def _name(source: ImageSource) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    return str(getattr(source, "name", None) or "image in memory")


def _opened(source: ImageSource, max_pixels: int) -> Image.Image:
    """Read the header and check the size it declares."""
    try:
        with warnings.catch_warnings():
            # Pillow's limits are global; ours is an argument, compared just below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(source)
    except FileNotFoundError:
        raise FileNotFoundError(f"{_name(source)}: no such file") from None
    except Image.DecompressionBombError as error:
        raise _Unusable(f"too large: {error}") from error
    except UnidentifiedImageError as error:
        reason = "empty file" if _is_empty(source) else "not an image of a known format"
        raise _Unusable(reason) from error
    except Exception as error:  # a decoder may raise anything on a damaged header
        system = error.strerror if isinstance(error, OSError) else None
        raise _Unusable(f"cannot be opened: {system}" if system else _reason(error)) from error
    if image.width * image.height > max_pixels:
        size = f"{image.width} × {image.height} = {image.width * image.height} pixels"
        image.close()
        raise _Unusable(f"too large: {size}, and at most {max_pixels} are read")
    return image


def _is_empty(source: ImageSource) -> bool:
    if isinstance(source, (str, Path)):
        return os.path.getsize(source) == 0
    return source.seek(0, os.SEEK_END) == 0


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except Image.DecompressionBombError as error:
        raise _Unusable(f"too large: {error}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, …
        raise _Unusable(_reason(error)) from error


def _reason(error: Exception) -> str:
    message = str(error).lower()
    ended = isinstance(error, (EOFError, struct.error)) or any(
        sign in message for sign in ("truncated", "unexpected end", "premature", "not enough data")
    )
    if ended:
        return "truncated: the file ends before the picture does"
    return f"damaged: {error or type(error).__name__}"


def _upright(image: Image.Image) -> Image.Image:
    turned = _orientation(image) != 1
    return ImageOps.exif_transpose(image) if turned else image  # and its EXIF no longer says so


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF says nothing of the pixels, which are good
        return 1
    return orientation if orientation in range(1, 9) else 1


def _check_mode(image: Image.Image) -> None:
    if image.mode == "F":
        raise _Unusable("floating-point pixels, which have no defined white; save as 8 or 16 bits")
    if image.mode == "I":
        low, high = (int(value) for value in image.getextrema())  # type: ignore[arg-type]
        if low < 0 or high > 0xFFFF:
            raise _Unusable(f"pixel values of {low} to {high}; save with 8 or 16 bits a channel")


def _to_rgb(image: Image.Image) -> Image.Image:
    _check_mode(image)
    if image.mode in _SIXTEEN_BIT:
        image = _scaled_to_8_bits(image)
    try:
        if image.has_transparency_data:
            return _over_white(image)
        return image.copy() if image.mode == "RGB" else image.convert("RGB")
    except ValueError as error:
        raise _Unusable(f"colour mode {image.mode} cannot be converted to RGB") from error


def _scaled_to_8_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.uint32)
    return Image.fromarray(((values * 255 + 0x7FFF) // 0xFFFF).astype(np.uint8))


def _over_white(image: Image.Image) -> Image.Image:
    picture = image.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")
