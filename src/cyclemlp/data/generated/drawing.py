"""Drawing of random scenes: shapes on textured ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cyclemlp.data.generated.shapes import SHAPES, Array, placed
from cyclemlp.data.generated.textures import textured

GROUND_COLOR = (60, 60, 60)
"""Color of the ground in drawn masks; the ground of an image has a random color."""

OBJECT_COLORS = ((230, 80, 70), (70, 140, 230), (250, 190, 50), (90, 190, 110))
"""Mean color of the objects of each class."""

_HIDDEN = 0.5  # largest share of an object that later objects may cover
_SMALLEST = 0.004  # smallest area of an object, as a share of the image's area
_CONTRAST = 70  # smallest distance between the ground's color and the classes' colors
_SPREAD = 28  # standard deviation of an object's color from its class's color


@dataclass(frozen=True)
class DrawnScene:
    """A drawn image and its objects.

    Attributes:
        pixels: ``(H, W, 3)`` uint8.
        labels: of each object, an index into `SHAPES`.
        masks: ``(N, H, W)`` bool, the visible part of each object; masks do not overlap.
    """

    pixels: Array
    labels: tuple[int, ...]
    masks: Array


def draw_scene(size: tuple[int, int], seed: tuple[int, ...]) -> DrawnScene:
    """Draw one scene with up to 6 objects.

    Args:
        size: (height, width) in pixels.
        seed: numbers of at least 0; the same numbers draw the same scene.
    """
    rng = np.random.default_rng(seed)
    pixels = textured(rng, size, _ground_color(rng))
    labels: list[int] = []
    whole: list[Array] = []  # masks of the objects, including covered parts
    visible: list[Array] = []
    for _ in range(rng.integers(2, 7)):
        label = int(rng.integers(len(SHAPES)))
        distance = placed(rng, size, list(SHAPES.values())[label])
        mask = distance < 0
        left = [seen & ~mask for seen in visible]
        covered = any(a.sum() < (1 - _HIDDEN) * b.sum() for a, b in zip(left, whole, strict=True))
        if covered or mask.sum() < _SMALLEST * mask.size:
            continue
        pixels = _composited(rng, pixels, distance, rng.normal(OBJECT_COLORS[label], _SPREAD))
        labels.append(label)
        whole.append(mask)
        visible = [*left, mask]
    noise = rng.normal(0, 5, (*size, 1))
    pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return DrawnScene(pixels, tuple(labels), np.array(visible).reshape(-1, *size))


def _ground_color(rng: np.random.Generator) -> Array:
    color = rng.uniform(40, 215, 3)
    while np.linalg.norm(color - np.array(OBJECT_COLORS), axis=1).min() < _CONTRAST:
        color = rng.uniform(40, 215, 3)
    return color


def _composited(rng: np.random.Generator, pixels: Array, distance: Array, color: Array) -> Array:
    """Draw an object and its shadow over the pixels."""
    opacity = np.clip(0.5 - distance, 0, 1)[..., None]  # the edge is blended over one pixel
    shade = 1 - 0.35 * np.exp(-np.clip(distance, 0, None) / 3)[..., None]
    return pixels * shade * (1 - opacity) + textured(rng, distance.shape, color) * opacity
