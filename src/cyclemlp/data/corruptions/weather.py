"""Weather; see `noise.py` for what the functions take and return."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from cyclemlp.data.corruptions.colors import gray, hue_saturation_value, to_rgb
from cyclemlp.data.corruptions.motion import moved
from cyclemlp.data.corruptions.plasma import plasma
from cyclemlp.data.corruptions.scale import fitted, reference_shape

_SNOW_ANGLES = (-135, -45)  # degrees
_ICE = np.array((0.80, 0.90, 1.0))  # red, green, blue


def snow(
    picture: np.ndarray,
    random: Generator,
    mean: float,
    deviation: float,
    size: float,
    threshold: float,
    radius: float,
    sigma: float,
    kept: float,
) -> np.ndarray:
    """Whiten the picture and let flakes fall before it."""
    shape = reference_shape(picture)
    coarse = random.normal(mean, deviation, [int(np.ceil(side / size)) for side in shape])
    flakes = fitted(coarse, shape)
    flakes = np.where(flakes < threshold, 0, flakes).clip(0, 1)
    falling = moved(flakes, radius, sigma, random.uniform(*_SNOW_ANGLES))
    layer = fitted(falling, picture.shape)[..., None]
    white = np.maximum(picture, gray(picture)[..., None] * 1.5 + 0.5)
    return kept * picture + (1 - kept) * white + layer + layer[::-1, ::-1]


def frost(picture: np.ndarray, random: Generator, kept: float, strength: float) -> np.ndarray:
    """Look through a frozen pane. Its ice is generated, unlike ImageNet-C's photographs."""
    layer = fitted(_crystals(reference_shape(picture), random), picture.shape)
    return kept * picture + strength * layer


def fog(picture: np.ndarray, random: Generator, strength: float, decay: float) -> np.ndarray:
    """Add clouds, and darken all as much as the brightest value needs."""
    brightest = picture.max()
    clouds = plasma((picture.shape[0], picture.shape[1]), decay, random)[..., None]
    return (picture + strength * clouds) * brightest / (brightest + strength)


def brightness(picture: np.ndarray, random: Generator, added: float) -> np.ndarray:
    """Raise the value of hue, saturation and value."""
    hue, saturation, value = hue_saturation_value(picture)
    return to_rgb(hue, saturation, np.minimum(value + added, 1))


def _crystals(shape: tuple[int, int], random: Generator) -> np.ndarray:
    """Return ice ``(H, W, 3)``: ridges of clouds, which branch as crystals do, on a gray veil."""
    veil = plasma(shape, 1.6, random)
    ridges = [1 - np.abs(2 * plasma(shape, 1.25, random) - 1) for _ in range(2)]
    needles = np.maximum(ridges[0] ** 4, ridges[1] ** 6)
    return np.clip(0.25 + 0.35 * veil + 0.6 * needles, 0, 1)[..., None] * _ICE
