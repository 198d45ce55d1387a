"""An opened file whose pixels are an array of any number of channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cyclemlp.data.images.opening import Unusable
from cyclemlp.data.images.values import over_white


@dataclass(frozen=True)
class StoredArray:
    """An opened file; its values are read on demand.

    Attributes:
        shape: as stored: (H, W), (H, W, C) or (C, H, W).
        channels_first: whether it is the latter.
        read: returns the values, in this shape.
        pages: number of pages; the values are those of the first one.
        bands: returns the values of all pages, (pages, H, W); None if pages cannot be bands.
        alpha: whether the last channel is transparency, with which colors are not multiplied.
    """

    shape: tuple[int, ...]
    channels_first: bool
    read: Callable[[], np.ndarray]
    pages: int = 1
    bands: Callable[[], np.ndarray] | None = None
    alpha: bool = False

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 1 if len(self.shape) == 2 else self.shape[0 if self.channels_first else 2]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        height, width = self.shape[1:] if self.channels_first else self.shape[:2]
        return width, height

    def values(self, channels: int) -> np.ndarray:
        """Read the values, ``(H, W, C)``; for gray or colors over white where they are transparent.

        Args:
            channels: number of channels to read; as many pages are read as channels.

        Raises:
            Unusable: the file is damaged, or its values are not real, finite numbers.
        """
        if self.channels == 1 and self.pages == channels > 1 and self.bands is not None:
            return _checked(np.moveaxis(self.bands(), 0, -1))
        values = self.read()
        if values.ndim == 2:
            values = values[..., None]
        elif self.channels_first:
            values = np.moveaxis(values, 0, -1)
        values = _checked(values)
        return over_white(values) if self.alpha and channels in (1, 3) else values


def _checked(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind not in "buif":
        raise Unusable(f"values of type {values.dtype}; save real numbers")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise Unusable("some values are NaN or infinite; replace them, e.g. by 0")
    return values
