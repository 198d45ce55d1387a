"""Clouds: a random surface with detail at every scale."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator


def plasma(shape: tuple[int, int], decay: float, random: Generator) -> np.ndarray:
    """Return a surface ``(H, W)`` in 0..1 by the diamond-square algorithm, coarse to fine.

    Args:
        shape: (height, width); the surface is part of a square of a power of two.
        decay: a scale's amplitude is that of the coarser one over decay², as in ImageNet-C.
        random: draws the surface.
    """
    surface, amplitude = np.zeros((1, 1)), 1.0
    while len(surface) < max(shape):
        surface = _finer(surface, amplitude, random)
        amplitude /= decay**2
    surface = surface - surface.min()
    surface /= max(surface.max(), 1e-12)
    return surface[: shape[0], : shape[1]]


def _finer(coarse: np.ndarray, amplitude: float, random: Generator) -> np.ndarray:
    """Double the points along each side; edges continue on the opposite side."""
    side = len(coarse)
    fine = np.empty((2 * side, 2 * side))
    noise = random.uniform(-amplitude, amplitude, (3, side, side))
    below, right = np.roll(coarse, -1, 0), np.roll(coarse, -1, 1)
    fine[::2, ::2] = coarse
    middle = (coarse + below + right + np.roll(below, -1, 1)) / 4 + noise[0]
    fine[1::2, 1::2] = middle
    fine[::2, 1::2] = (coarse + right + middle + np.roll(middle, 1, 0)) / 4 + noise[1]
    fine[1::2, ::2] = (coarse + below + middle + np.roll(middle, 1, 1)) / 4 + noise[2]
    return fine
