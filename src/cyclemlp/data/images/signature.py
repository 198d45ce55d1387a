"""The kind of a file by its first bytes, for the files that Pillow does not always read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from cyclemlp.data.images.opening import ImageSource

_NPY = b"\x93NUMPY"
_PNG = b"\x89PNG\r\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: BigTIFF


class Signature(Enum):
    """The kinds of files that are told apart."""

    NPY = "NPY"
    TIFF = "TIFF"
    PNG = "PNG"
    OTHER = "other"


def signature_of(source: ImageSource) -> Signature:
    """Return the kind of a file; `OTHER` if it cannot be opened."""
    try:
        if isinstance(source, (str, Path)):
            with open(source, "rb") as file:
                start = file.read(len(_NPY))
        else:
            source.seek(0)
            start = source.read(len(_NPY))
            source.seek(0)
    except OSError:
        return Signature.OTHER
    if start == _NPY:
        return Signature.NPY
    if start == _PNG:
        return Signature.PNG
    return Signature.TIFF if start.startswith(_TIFF) else Signature.OTHER
