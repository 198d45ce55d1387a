"""Reading mask files: one channel of class numbers, or colors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from cyclemlp.data.images.channels import WIDE_MODES
from cyclemlp.data.images.opening import MAX_PIXELS, ImageError
from cyclemlp.data.images.reading import read_stored
from cyclemlp.data.layouts.masks.palette import Palette

_MODES = ("1", "L", "P", "I", *WIDE_MODES)
_COLOR_MODES = ("RGB", "RGBA", "LA", "PA")
_PALETTE_MODES = ("1", "L", "P", *_COLOR_MODES)  # modes in which a palette finds its colors
_LOSSY = ("JPEG", "MPO")
_PNG = b"\x89PNG\r\n\x1a\n"


def read_mask(file: str, palette: Palette | None = None) -> np.ndarray:
    """Read the values of a mask of class numbers or, with a palette, of colors.

    Transparency is not regarded.

    Args:
        file: an image.
        palette: the colors; None if there are none, then masks hold class numbers.

    Returns:
        ``(H, W)`` integers in 0..65535, without applying an EXIF orientation.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used as a mask, or has colors that the palette lacks.
    """
    mask = read_stored(file)
    if palette is None or not (palette.only or mask.mode in _COLOR_MODES):
        return _indices(file, mask)
    if mask.format in _LOSSY:
        raise ImageError(f"{file}: {_refusal(mask)}")
    if mask.mode not in _PALETTE_MODES:
        raise ImageError(
            f"{file}: mode {mask.mode} holds no 8-bit colors; save the mask as RGB, or describe "
            "its class numbers in classes.json"
        )
    pixels = np.asarray(mask.convert("RGBA"))[..., :3]  # RGBA first: keeps colors below alpha 0
    values = palette.values_of(pixels)
    if values.size and values.min() < 0:
        numbers = "; class numbers need classes.json" if mask.mode not in _COLOR_MODES else ""
        raise ImageError(f"{file}: {palette.refusal(pixels[values < 0])}{numbers}")
    return values


def read_index_mask(file: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read the stored values of an index mask; for palette images, the indices and not the colors.

    Args:
        file: an image with one channel of 1, 2, 4, 8 or 16 bits, or with equal color channels.
        max_pixels: larger masks are refused.

    Returns:
        ``(H, W)`` uint8 or uint16, without applying an EXIF orientation.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file is not an index mask; the message has its name and the reason.
    """
    return _indices(file, read_stored(file, max_pixels))


def _indices(file: str, mask: Image.Image) -> np.ndarray:
    if mask.format not in _LOSSY and (gray := _gray(mask)) is not None:
        return gray
    if mask.mode not in _MODES or mask.format in _LOSSY:
        raise ImageError(f"{file}: {_refusal(mask)}")
    values = np.asarray(mask)
    if mask.mode == "I" and (values.min() < 0 or values.max() > 0xFFFF):
        raise ImageError(f"{file}: values of {values.min()} to {values.max()}, not in 0..65535")
    if mask.mode == "L":
        return values // _stretch(file)
    return values.astype(np.uint8 if mask.mode in ("1", "P") else np.uint16)


def values_in(files: Iterable[str]) -> dict[frozenset[int], str]:
    """Return masks' sets of values, each with a mask; masks that cannot be read are skipped."""
    files = list(files)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding releases the GIL
        found = zip(map(frozenset, pool.map(_values, files)), files, strict=True)
        return {values: file for values, file in found if values}


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


def _gray(mask: Image.Image) -> np.ndarray | None:
    """Return a color image's red channel if the other two are equal to it."""
    if mask.mode not in ("RGB", "RGBA", "LA"):
        return None
    pixels = np.asarray(mask)
    colors = pixels[..., :3] if mask.mode != "LA" else pixels[..., :1]
    return colors[..., 0] if (colors == colors[..., :1]).all() else None


def _refusal(mask: Image.Image) -> str:
    if mask.format in _LOSSY:
        return "JPEG compression changes mask values; save the mask as PNG"
    return (
        f"mode {mask.mode} is not an index mask; save one channel of class numbers, "
        "or give every class its own color in classes.json"
    )
