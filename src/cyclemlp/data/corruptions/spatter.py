"""Spatter: drops of water or splashes of mud; see `noise.py` for arguments and results."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageOps
from scipy import ndimage

from cyclemlp.data.corruptions.scale import fitted, reference_shape, smoothed

_WATER = np.array((175, 238, 238)) / 255  # red, green, blue
_MUD = np.array((63, 42, 20)) / 255
_LIGHT = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])  # from the upper left
_FAR = 20  # pixels from the edge of a drop
_SOLID = 0.8  # mud that is thinner does not show


def spatter(
    picture: np.ndarray,
    random: Generator,
    mean: float,
    deviation: float,
    sigma: float,
    threshold: float,
    strength: float,
    mud: float,
) -> np.ndarray:
    """Put drops of water, or mud, before the picture."""
    liquid = random.normal(mean, deviation, reference_shape(picture))
    liquid = smoothed(liquid, sigma)
    if not mud:
        layer = fitted(_drops(liquid, threshold), picture.shape)[..., None]
        return picture + strength * layer * _WATER
    cover = smoothed((liquid > threshold).astype(float), strength)
    layer = fitted(np.where(cover < _SOLID, 0, cover), picture.shape)[..., None]
    return picture * (1 - layer) + layer * _MUD


def _drops(liquid: np.ndarray, threshold: float) -> np.ndarray:
    """Return the light of drops ``(H, W)`` in 0..1: brighter towards the lower right edge."""
    wet = liquid >= threshold
    edges = wet & ~np.asarray(ndimage.binary_erosion(wet), bool)
    if not edges.any():
        return np.zeros_like(liquid)
    distance = np.minimum(np.asarray(ndimage.distance_transform_edt(~edges)), _FAR)
    levels = ndimage.uniform_filter(distance, 3).astype(np.uint8)
    even = np.asarray(ImageOps.equalize(Image.fromarray(levels)), float)
    lit = ndimage.correlate(even, _LIGHT).clip(0, 255)
    light = np.where(wet, liquid, 0) * ndimage.uniform_filter(lit, 3)
    return light / max(light.max(), 1e-12)
