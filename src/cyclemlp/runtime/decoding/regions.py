"""Heads over regions of feature maps, each region on the level that suits its size."""

from __future__ import annotations

import numpy as np

from cyclemlp.runtime.engines.engine import Engine

SIDE, LEVEL = 224, 2
"""A region of this side, in pixels, belongs to this level (Lin et al., 2017)."""


def run_by_level(engine: Engine, maps: list[np.ndarray], regions: np.ndarray) -> list[np.ndarray]:
    """Compute a head over regions, in their order.

    Args:
        engine: from the maps and the regions of each level to outputs in the order of levels.
        maps: feature maps ``(1, C, h, w)`` of one image, the finest first.
        regions: ``(N, 4)`` left, top, right, bottom in pixels.
    """
    levels = levels_of(regions, len(maps))
    outputs = engine(*maps, *(regions[levels == level] for level in range(len(maps))))
    place = np.argsort(np.argsort(levels, kind="stable"))
    return [output[place] for output in outputs]


def levels_of(regions: np.ndarray, count: int) -> np.ndarray:
    """Return the level of each region, 0 is the finest; as torchvision's ``LevelMapper``."""
    sides = np.sqrt((regions[:, 2:] - regions[:, :2]).prod(1))
    with np.errstate(divide="ignore"):
        levels = np.floor(LEVEL + np.log2(sides / SIDE) + np.float32(1e-6))
    return np.clip(levels, 0, count - 1).astype(np.int64)
