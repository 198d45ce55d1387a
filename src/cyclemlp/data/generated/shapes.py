"""Shapes as signed distance functions, and their random placement."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Distance = Callable[[Array, Array], Array]
"""Maps coordinates in units of the radius to the distance from the edge, negative inside."""


def _disc(x: Array, y: Array) -> Array:
    return np.hypot(x, y) - 0.9


def _square(x: Array, y: Array) -> Array:
    return np.maximum(abs(x), abs(y)) - 0.8


def _triangle(x: Array, y: Array) -> Array:
    slope = np.sqrt(3) / 2 * abs(x) + y / 2  # the two upper sides, by symmetry
    return np.maximum(slope, -y) - 0.55


def _cross(x: Array, y: Array) -> Array:
    long, wide = 0.95, 0.3
    upright = np.maximum(abs(x) - wide, abs(y) - long)
    return np.minimum(upright, np.maximum(abs(x) - long, abs(y) - wide))


SHAPES: dict[str, Distance] = {
    "disc": _disc,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
}
"""The classes of objects, in the order of their labels."""


def placed(rng: np.random.Generator, size: tuple[int, int], shape: Distance) -> Array:
    """Place a shape at a random position, size and angle.

    Args:
        rng: random generator.
        size: (height, width) of the image, in pixels.
        shape: the shape.

    Returns:
        ``(H, W)`` distances from the shape's edge in pixels, negative inside.
    """
    height, width = size
    radius = min(size) * rng.uniform(0.1, 0.26)
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:height, :width]
    down = rows + 0.5 - rng.uniform(0.5 * radius, height - 0.5 * radius)
    across = columns + 0.5 - rng.uniform(0.5 * radius, width - 0.5 * radius)
    x = (np.cos(angle) * across + np.sin(angle) * down) / radius
    y = (np.cos(angle) * down - np.sin(angle) * across) / radius
    return radius * shape(x, y)
