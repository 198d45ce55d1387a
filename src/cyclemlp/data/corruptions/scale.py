"""Lengths relative to the picture, so that a severity looks alike at every size.

ImageNet-C corrupts pictures of 224 × 224 pixels, and its lengths are pixels of those. Here a length
is multiplied by the short side over 224, and a layer such as snow is drawn with a short side of 224
and resized. What belongs to single pixels, as noise does, does not scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import fft, signal

REFERENCE = 224  # pixels of the short side


def scale_of(picture: np.ndarray) -> float:
    """Return by what a length is multiplied for a picture ``(H, W, …)``."""
    return min(picture.shape[:2]) / REFERENCE


def reference_shape(picture: np.ndarray) -> tuple[int, int]:
    """Return (height, width) of a layer over `picture` with a short side of 224."""
    scale = scale_of(picture)
    height, width = picture.shape[:2]
    return max(REFERENCE, round(height / scale)), max(REFERENCE, round(width / scale))


def fitted(layer: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Return a layer ``(h, w)`` or ``(h, w, 3)`` resized to the (height, width, …) of `shape`."""
    if layer.ndim == 3:
        return np.stack([fitted(part, shape) for part in np.moveaxis(layer, 2, 0)], 2)
    image = Image.fromarray(layer.astype(np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def smoothed(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return a Gaussian blur of height and width, whose edges are reflected.

    It multiplies cosine coefficients: the time does not depend on `sigma`, which may be larger than
    the picture.

    Args:
        values: ``(H, W)`` or ``(H, W, 3)``.
        sigma: in pixels.
    """
    waves: np.ndarray = np.asarray(fft.dctn(values, axes=(0, 1)))
    for axis in (0, 1):
        length = values.shape[axis]
        frequency = np.pi * np.arange(length) / length
        damping = np.exp(-((sigma * frequency) ** 2) / 2)
        waves *= damping.reshape([length if axis == i else 1 for i in range(values.ndim)])
    return np.asarray(fft.idctn(waves, axes=(0, 1)), values.dtype)


def filtered(values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return the convolution of height and width with a kernel, whose edges are reflected.

    Args:
        values: ``(H, W)`` or ``(H, W, 3)``.
        kernel: ``(K, K)``, K odd.
    """
    margin = kernel.shape[0] // 2
    spread = [(margin, margin)] * 2 + [(0, 0)] * (values.ndim - 2)
    kernel = kernel.reshape(kernel.shape + (1,) * (values.ndim - 2))
    padded = np.pad(values, spread, "symmetric")
    return signal.fftconvolve(padded, kernel, "valid", axes=(0, 1)).astype(values.dtype)
