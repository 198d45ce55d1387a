"""Stored values as 8-bit colors, and as the float32 values of a network of other channels."""

from __future__ import annotations

import numpy as np

from cyclemlp.data.images.opening import Unusable

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's mode L


def to_8_bits(values: np.ndarray) -> np.ndarray:
    """Scale values to uint8: 16 bits by 255 / 65535, floating-point values by 255.

    Args:
        values: of any shape.

    Raises:
        Unusable: integers beyond 0..65535, or floating-point values beyond 0..1.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * np.uint8(255)
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        if not (low >= 0 and high <= 1):  # also for NaN
            raise Unusable(
                f"floating-point values of {low:g} to {high:g}, which have no defined white: "
                "scale them to 0..1, or train with --model-args.in_chans 1 if they are one channel"
            )
        return np.round(values * 255).astype(np.uint8)
    if low < 0 or high > 0xFFFF:
        raise Unusable(f"pixel values of {low} to {high}; save with 8 or 16 bits a channel")
    return ((values.astype(np.uint32) * 255 + 0x7FFF) // 0xFFFF).astype(np.uint8)


def to_float(values: np.ndarray) -> np.ndarray:
    """Convert values to float32: 8 and 16 unsigned bits are scaled to 0..1, others are kept."""
    scale = {np.dtype(np.uint8): 0xFF, np.dtype(np.uint16): 0xFFFF}.get(values.dtype)
    result = values.astype(np.float32)
    return result if scale is None else result / np.float32(scale)


def over_white(values: np.ndarray) -> np.ndarray:
    """Return colors or gray over white, ``(H, W, C - 1)``.

    Args:
        values: ``(H, W, C)``, unsigned integers; the last channel is transparency.
    """
    white = np.float64(np.iinfo(values.dtype).max)
    share = values[..., -1:] / white
    return np.round(values[..., :-1] * share + white * (1 - share)).astype(values.dtype)


def luma(values: np.ndarray) -> np.ndarray:
    """Return the luma ``(H, W, 1)`` of RGB values ``(H, W, 3)`` float32."""
    return (values @ _LUMA)[..., None]
