"""TIFF files of several bands, by tifffile, which the extra ``tiff`` installs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cyclemlp.data.images.opening import ImageSource, Unusable
from cyclemlp.data.images.stored_array import StoredArray

_AXES = ("YX", "YXS", "SYX")
_INSTALL = "pip install 'cyclemlp[tiff]'"
_ORIENTATION = 274
_UNASSOCIATED_ALPHA = 2  # value of ExtraSamples
_REDUCED_OR_MASK = 1 | 4  # bits of NewSubfileType: an overview, or a transparency mask


def open_tiff(source: ImageSource) -> StoredArray:
    """Open the first page of a TIFF file; only headers are read.

    Raises:
        Unusable: the file is damaged or no image, or tifffile is not installed.
    """
    try:
        from tifffile import TiffFile
    except ModuleNotFoundError as error:
        raise Unusable(
            "damaged, or a kind of TIFF (several bands, several channels of more than 8 bits) that "
            f"needs tifffile: {_INSTALL}"
        ) from error
    try:
        with TiffFile(_at_start(source)) as file:
            pages = [page.aspage() for page in file.pages]
            own = [page for page in pages if not int(page.subfiletype) & _REDUCED_OR_MASK]
            return _first_page(source, own or pages)
    except Unusable:
        raise
    except Exception as error:  # tifffile raises TiffFileError, struct.error, IndexError, …
        raise Unusable(f"damaged: {error}") from error


def _first_page(source: ImageSource, pages: Sequence[Any]) -> StoredArray:
    page = pages[0]
    if page.axes not in _AXES:
        raise Unusable(f"a TIFF with the axes {page.axes}; an image has height, width and bands")
    orientation = page.tags.valueof(_ORIENTATION, 1)
    if orientation != 1:
        raise Unusable(f"stored turned (orientation {int(orientation)}); turn the pixels")
    alike = all(other.shape == page.shape and other.axes == "YX" for other in pages)
    numbers = [other.index for other in pages]
    return StoredArray(
        page.shape,
        page.axes == "SYX",
        partial(_values, source, numbers[0]),
        len(pages),
        partial(_values, source, numbers) if alike else None,
        alpha=_ends_in_alpha(page),
    )


def _ends_in_alpha(page: Any) -> bool:
    """Return whether the last channel is transparency, with which colors are not multiplied."""
    extra = [int(kind) for kind in page.extrasamples]
    return extra == [_UNASSOCIATED_ALPHA] and page.dtype is not None and page.dtype.kind == "u"


def _values(source: ImageSource, pages: int | list[int]) -> np.ndarray:
    from tifffile import TiffFile

    try:
        with TiffFile(_at_start(source)) as file:
            return file.asarray(key=pages)
    except Exception as error:  # decoders raise any exception on damaged data
        if "imagecodecs" in str(error):
            reason = f"its compression needs imagecodecs: {_INSTALL}"
            raise Unusable(reason) from error
        raise Unusable(f"damaged: {error}") from error


def _at_start(source: ImageSource) -> ImageSource:
    if not isinstance(source, (str, Path)):
        source.seek(0)  # tifffile reads an open file from its position
    return source
