"""PNG files with transparency in 16 bits, by imagecodecs, which the extra ``tiff`` installs.

Pillow (12.3) reduces them to 8 bits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from cyclemlp.data.images.header import orientation_of
from cyclemlp.data.images.opening import ImageSource, Unusable
from cyclemlp.data.images.signature import Signature, signature_of
from cyclemlp.data.images.stored_array import StoredArray

_HEADER = struct.Struct(">16xIIBB")  # width, height, bits a channel, color type
_CHANNELS = {4: 2, 6: 4}  # color types with transparency

REDUCED = "16 bits a channel are read as 8; pip install 'cyclemlp[tiff]' reads all of them"
"""The remark on a file that Pillow reads."""


def open_png(source: ImageSource) -> StoredArray | None:
    """Open a PNG file of 16 bits with transparency; only the header is read.

    Returns:
        The file; None for another file, one that is stored turned, or without imagecodecs.
    """
    shape = deep_shape(source)
    if shape is None or _is_turned(source):
        return None
    try:
        from imagecodecs import png_decode
    except ModuleNotFoundError:
        return None
    return StoredArray(shape, False, partial(_values, source, png_decode), alpha=True)


def deep_shape(source: ImageSource) -> tuple[int, int, int] | None:
    """Return (H, W, C) of a PNG file of 16 bits with transparency; None for another file."""
    start = _content(source, _HEADER.size)
    if len(start) < _HEADER.size or signature_of(source) is not Signature.PNG:
        return None
    width, height, bits, color = _HEADER.unpack(start)
    return (height, width, _CHANNELS[color]) if bits == 16 and color in _CHANNELS else None


def _is_turned(source: ImageSource) -> bool:
    try:
        with Image.open(source) as image:
            return orientation_of(image) != 1
    except Exception:  # Pillow says later what is wrong with the file
        return True


def _values(source: ImageSource, decode: Callable[[bytes], np.ndarray]) -> np.ndarray:
    try:
        return decode(_content(source))
    except Exception as error:  # imagecodecs has another exception for each format
        raise Unusable("damaged, or truncated: its pixels cannot be decoded") from error


def _content(source: ImageSource, size: int = -1) -> bytes:
    """Read a file from its start."""
    if isinstance(source, (str, Path)):
        with open(source, "rb") as file:
            return file.read(size)
    source.seek(0)
    content = source.read(size)
    source.seek(0)
    return content
