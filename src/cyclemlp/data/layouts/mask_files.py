"""Mask files into class numbers, or the reason why that cannot be done."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from cyclemlp.data.images import MAX_PIXELS, Header, ImageError, read_stored

_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N")
_LOSSY = ("JPEG", "MPO")
_PNG = b"\x89PNG\r\n\x1a\n"


def read_index_mask(file: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The values of a mask's pixels as they are stored: indices of a palette, not its colours.

    Args:
        file: 1, 2, 4, 8 or 16 bits a pixel, one channel.
        max_pixels: larger ones are refused.

    Returns:
        ``(H, W)`` uint8 or uint16, as stored, without regard to an EXIF orientation.

    Raises:
        FileNotFoundError: no such file.
        ImageError: it is no index mask; the message names it and the reason.
    """
    mask = read_stored(file, max_pixels)
    if mask.mode not in _MODES or mask.format in _LOSSY:
        raise ImageError(f"{file}: {_refusal(mask)}")
    values = np.asarray(mask)
    if mask.mode == "I" and (values.min() < 0 or values.max() > 0xFFFF):
        raise ImageError(f"{file}: values of {values.min()} to {values.max()}, not in 0..65535")
    if mask.mode == "L":
        return values // _stretch(file)
    return values.astype(np.uint8 if mask.mode in ("1", "P") else np.uint16)


def _stretch(file: str) -> int:
    """By what Pillow multiplies grey values of a PNG of 2 or 4 bits, to fill 0..255."""
    with open(file, "rb") as stream:
        head = stream.read(26)
    bits, color_type = (head[24], head[25]) if head.startswith(_PNG) else (8, 0)
    return 255 // (2**bits - 1) if color_type == 0 and bits in (2, 4) else 1


def _refusal(mask: Image.Image) -> str:
    if mask.format in _LOSSY:
        return "a JPEG changes values, and so classes; masks are saved as PNG"
    return (
        f"a {mask.mode} picture, not an index mask: one channel with a class's number at each "
        "pixel; turn its colours into numbers"
    )


def aligned(mask: np.ndarray, picture: Header) -> np.ndarray | None:
    """A mask (or masks) as it lies on the upright picture; None if it has another size.

    Whoever draws a mask draws it on the picture as a viewer shows it, so a mask of the upright
    size stays. One made from the stored pixels, with width and height exchanged, is turned as the
    picture is. (Where both sizes are the same, the viewer's picture is meant.)

    Args:
        mask: ``(H, W)`` or ``(N, H, W)``.
        picture: of the image file.
    """
    height, width = mask.shape[-2:]
    if (width, height) == picture.size:
        return mask
    if (width, height) == (picture.width, picture.height):
        return _turned(mask, picture.orientation)
    return None


def _turned(mask: np.ndarray, orientation: int) -> np.ndarray:
    """Exchange rows and columns by one of the four EXIF orientations that do."""
    mask = np.swapaxes(mask, -1, -2)  # 5: about the main diagonal
    if orientation in (6, 7):
        mask = mask[..., ::-1]
    if orientation in (7, 8):
        mask = mask[..., ::-1, :]
    return np.ascontiguousarray(mask)


def values_in(files: Iterable[str]) -> set[int]:
    """Every value in some masks; those that cannot be read are passed over."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding lets other threads run
        return {value for found in pool.map(_values, files) for value in found}


def _values(file: str) -> list[int]:
    try:
        return np.flatnonzero(np.bincount(read_index_mask(file).ravel())).tolist()
    except (ImageError, FileNotFoundError):
        return []
