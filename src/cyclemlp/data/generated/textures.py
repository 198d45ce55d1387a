"""Random textures around a color."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cyclemlp.data.generated.shapes import Array


def textured(rng: np.random.Generator, size: tuple[int, ...], color: Array) -> Array:
    """Draw a texture: a smooth variation of a color, with stripes, checks, grain or no pattern.

    Args:
        rng: random generator.
        size: (height, width) in pixels.
        color: red, green and blue, each in 0..255.

    Returns:
        ``(H, W, 3)`` float64, not clipped.
    """
    cloud, pattern = _cloud(rng, size), _pattern(rng, size)
    tint = rng.uniform(-1, 1, 3)
    return color + 14 * cloud[..., None] + 16 * pattern[..., None] * (0.7 + 0.5 * tint)


def _cloud(rng: np.random.Generator, size: tuple[int, ...]) -> Array:
    height, width = size
    coarse = Image.fromarray(rng.normal(0, 1, (5, 6)).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def _pattern(rng: np.random.Generator, size: tuple[int, ...]) -> Array:
    height, width = size
    rows, columns = np.mgrid[:height, :width]
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, 14)
    along = 2 * np.pi * (np.cos(angle) * columns + np.sin(angle) * rows) / period
    across = 2 * np.pi * (np.cos(angle) * rows - np.sin(angle) * columns) / period
    patterns = (
        np.sin(along),
        np.sin(along) * np.sin(across),
        rng.normal(0, 0.7, (height, width)),
        np.zeros((height, width)),
    )
    return patterns[rng.integers(4)]
