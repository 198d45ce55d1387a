"""The check of an image file: whether it can be used, and what a user should know about it."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import numpy as np
from PIL import Image

from cyclemlp.data.images.arrays import open_array
from cyclemlp.data.images.bands import array_bands
from cyclemlp.data.images.channels import RGB, WIDE_MODES, channels_of, mismatch
from cyclemlp.data.images.header import bits_of
from cyclemlp.data.images.opening import (
    MAX_PIXELS,
    ImageSource,
    Unusable,
    decode,
    name_of,
    opened,
)
from cyclemlp.data.images.png import REDUCED, deep_shape
from cyclemlp.data.images.rgb import array_rgb, check_mode
from cyclemlp.data.images.stored_array import StoredArray

_FRAMES = "several frames: the first is used"
_DARK = 0x1000  # cameras store 12 bits in 16, which are almost black as colors
_ON_DARK = (
    "16 bits a channel, and no value above 4095: almost black as RGB; scale the values to 0..65535"
)
_SUBFILE_TYPE = 254  # TIFF tag; its bits 1 and 4 mark an overview and a mask


class Inspection(NamedTuple):
    """What was found in a file.

    Attributes:
        fault: why the file cannot be used, or None.
        channels: number of stored channels; transparency is one.
        remarks: what a user should know about a usable file.
    """

    fault: str | None = None
    channels: int = 0
    remarks: tuple[str, ...] = ()


def inspect_image(
    source: ImageSource, channels: int | None = RGB, max_pixels: int = MAX_PIXELS
) -> Inspection:
    """Decode a whole file, and return what was found.

    A JPEG is decoded at an eighth of its size: this reads the whole stream, and so finds every
    truncation, in a fraction of the time.

    Args:
        source: a path, or an open binary file.
        channels: number of channels that the network takes; None accepts any number.
        max_pixels: larger images are refused before they are decoded.
    """
    try:
        array = open_array(source, max_pixels, channels)
        if array is not None:
            return _array(array, channels)
        with opened(source, max_pixels) as image:
            found = _picture(image, channels)
            reduced = channels not in (None, 1, RGB) and deep_shape(source) is not None
            return found._replace(remarks=(*found.remarks, *(REDUCED,) * reduced))
    except Unusable as fault:
        return Inspection(str(fault))
    except FileNotFoundError as error:
        return Inspection(str(error).removeprefix(f"{name_of(source)}: "))


def image_fault(source: ImageSource, max_pixels: int = MAX_PIXELS) -> str | None:
    """Return why a file cannot be used as an RGB image, or None if it can."""
    return inspect_image(source, RGB, max_pixels).fault


def _array(array: StoredArray, channels: int | None) -> Inspection:
    found = array.channels
    remarks = _on_pages(1 if array.pages == channels else array.pages)
    if channels == RGB:
        array_rgb(array.values(RGB))
    else:
        array_bands(array, channels or found)
    if channels in (None, RGB) and found in (1, RGB) and _is_dark(array.values(found)):
        remarks += (_ON_DARK,)
    if channels is None and found not in (1, RGB):
        remarks += (f"{found} channels; train with --model-args.in_chans {found}",)
    return Inspection(None, found, remarks)


def _picture(image: Image.Image, channels: int | None) -> Inspection:
    image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))  # type: ignore[arg-type]
    decode(image)
    found = channels_of(image)
    if channels == RGB:
        check_mode(image)
    elif channels not in (None, 1, found):
        raise mismatch(found, channels)
    remarks = _beyond_8_bits(image) if channels is None else ()
    if channels in (None, RGB):
        remarks += _on_dark(image)
    return Inspection(None, found, (*remarks, *_on_frames(image)))


def _on_dark(image: Image.Image) -> tuple[str, ...]:
    if image.mode in WIDE_MODES and _is_dark(np.asarray(image)):
        return (f"{_ON_DARK}, or train with --model-args.in_chans 1",)
    reduced = image.mode == "RGB" and bits_of(image) == 16  # Pillow takes the upper 8
    return (_ON_DARK,) if reduced and np.asarray(image).max() < _DARK >> 8 else ()


def _is_dark(values: np.ndarray) -> bool:
    return values.dtype.itemsize == 2 and values.dtype.kind == "u" and values.max() < _DARK


def _beyond_8_bits(image: Image.Image) -> tuple[str, ...]:
    try:
        check_mode(image)
    except Unusable:
        return ("values without a defined white; train with --model-args.in_chans 1",)
    return ()


def _on_frames(image: Image.Image) -> tuple[str, ...]:
    """Return a remark on further pages or frames of a decoded file."""
    if image.format == "MPO" or not getattr(image, "is_animated", False):
        return ()  # phones add previews to their JPEG files
    if not hasattr(image, "tag_v2"):
        return (_FRAMES,)
    pages = 1
    with suppress(Exception):  # a damaged second page does not make the first one unusable
        for number in range(1, getattr(image, "n_frames", 1)):
            image.seek(number)
            pages += not image.tag_v2.get(_SUBFILE_TYPE, 0) & 5  # type: ignore[attr-defined]
    return _on_pages(pages)


def _on_pages(pages: int) -> tuple[str, ...]:
    if pages == 1:
        return ()
    as_channels = f"--model-args.in_chans {pages} takes them as channels"
    return (f"{pages} pages: the first is used; {as_channels}",)
