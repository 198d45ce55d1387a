"""Reading mask files: one channel of class numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from cyclemlp.data.images.opening import MAX_PIXELS, ImageError
from cyclemlp.data.images.reading import read_stored

_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N")
_LOSSY = ("JPEG", "MPO")
_PNG = b"\x89PNG\r\n\x1a\n"


def read_index_mask(file: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read the stored values of an index mask; for palette images, the indices and not the colors.

    Args:
        file: an image with one channel of 1, 2, 4, 8 or 16 bits.
        max_pixels: larger masks are refused.

    Returns:
        ``(H, W)`` uint8 or uint16, without applying an EXIF orientation.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file is not an index mask; the message has its name and the reason.
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


def values_in(files: Iterable[str]) -> set[int]:
    """Return all values in some masks; masks that cannot be read are skipped."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding releases the GIL
        return {value for found in pool.map(_values, files) for value in found}


def _values(file: str) -> list[int]:
    try:
        return np.flatnonzero(np.bincount(read_index_mask(file).ravel())).tolist()
    except (ImageError, FileNotFoundError):
        return []


def _stretch(file: str) -> int:
    """Return the factor by which Pillow multiplies the values of a gray PNG of 2 or 4 bits."""
    with open(file, "rb") as stream:
        head = stream.read(26)
    bits, color_type = (head[24], head[25]) if head.startswith(_PNG) else (8, 0)
    return 255 // (2**bits - 1) if color_type == 0 and bits in (2, 4) else 1


def _refusal(mask: Image.Image) -> str:
    if mask.format in _LOSSY:
        return "JPEG compression changes mask values; save the mask as PNG"
    return f"mode {mask.mode} is not an index mask; save one channel of class numbers"
