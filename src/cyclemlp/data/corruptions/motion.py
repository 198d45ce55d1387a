"""Blur along a line."""

from __future__ import annotations

import numpy as np

from cyclemlp.data.corruptions.scale import filtered

_STEPS = 4  # per pixel of the line


def moved(values: np.ndarray, radius: float, sigma: float, angle: float) -> np.ndarray:
    """Return a mean along a line that starts at each pixel, with the weights of half a Gaussian.

    Args:
        values: ``(H, W)`` or ``(H, W, 3)``.
        radius: half of the line's length, in pixels.
        sigma: of the Gaussian, in pixels.
        angle: of the line, in degrees.
    """
    reach = int(np.ceil(2 * radius)) + 2
    along = np.arange(0, 2 * radius + 1 / _STEPS, 1 / _STEPS)
    weights = np.exp(-((along / max(sigma, 1e-6)) ** 2) / 2)
    direction = np.radians(angle)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    _spread(kernel, reach + along * np.sin(direction), reach + along * np.cos(direction), weights)
    return filtered(values, kernel / kernel.sum())


def _spread(kernel: np.ndarray, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> None:
    """Add weights at fractional positions, each to its four neighbours."""
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, across = rows - top, columns - left
    for row, share in ((0, 1 - down), (1, down)):
        for column, part in ((0, 1 - across), (1, across)):
            np.add.at(kernel, (top + row, left + column), weights * share * part)
