"""Bilinear interpolation in NumPy."""

from __future__ import annotations

import numpy as np


def bilinear(values: np.ndarray, size: tuple[int, int], rows: slice = slice(None)) -> np.ndarray:
    """Interpolate maps to another size, as torch's ``interpolate`` without ``align_corners``.

    Args:
        values: ``(…, h, w)``, floating point.
        size: (H, W) of the result.
        rows: the rows of the result to compute.

    Returns:
        ``(…, H, W)`` of the dtype of `values`, or its `rows`.
    """
    first, second, share = _neighbors(values.shape[-1], size[1], values.dtype)
    along = values[..., first] * (1 - share) + values[..., second] * share
    first, second, share = (
        part[rows] for part in _neighbors(values.shape[-2], size[0], values.dtype)
    )
    share = share[:, None]
    return along[..., first, :] * (1 - share) + along[..., second, :] * share


def _neighbors(
    before: int, after: int, dtype: np.dtype
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the two source positions of each position, and the share of the second."""
    scale = dtype.type(before) / dtype.type(after)
    half = dtype.type(0.5)
    source = np.maximum(scale * (np.arange(after).astype(dtype) + half) - half, 0)
    first = np.minimum(source.astype(np.int64), before - 1)
    return first, np.minimum(first + 1, before - 1), source - first.astype(dtype)
