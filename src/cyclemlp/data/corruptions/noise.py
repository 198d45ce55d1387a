"""Noise: each value of a picture changes for itself.

Functions here take a picture ``(H, W, 3)`` in 0..1, the strengths and a generator; the result is
clipped to 0..1 by the caller.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator


def gaussian_noise(picture: np.ndarray, random: Generator, deviation: float) -> np.ndarray:
    """Add noise of one standard deviation."""
    return picture + random.normal(0, deviation, picture.shape)


def shot_noise(picture: np.ndarray, random: Generator, photons: float) -> np.ndarray:
    """Count photons, of which white has `photons` in the mean."""
    return random.poisson(picture * photons) / photons


def impulse_noise(picture: np.ndarray, random: Generator, share: float) -> np.ndarray:
    """Set a share of the values to 0 or 1."""
    hit = random.random(picture.shape) < share
    return np.where(hit, random.random(picture.shape) < 0.5, picture)


def speckle_noise(picture: np.ndarray, random: Generator, deviation: float) -> np.ndarray:
    """Multiply by noise around 1."""
    return picture * (1 + random.normal(0, deviation, picture.shape))
