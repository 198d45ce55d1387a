"""Anchors in NumPy, on maps whose strides double from level to level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

COARSEST = 32  # pixels; inputs are padded to a multiple of it


def map_sizes(size: tuple[int, int], finest: int, levels: int) -> list[tuple[int, int]]:
    """Return the (height, width) of each level's map, for an image of this (height, width).

    Args:
        size: of the image, which the network pads to a multiple of `COARSEST`.
        finest: stride of the first level.
        levels: number of levels; those beyond `COARSEST` are rounded up.
    """
    height, width = (-(-side // COARSEST) * COARSEST // finest for side in size)
    sizes = []
    for _ in range(levels):
        sizes.append((height, width))
        height, width = -(-height // 2), -(-width // 2)
    return sizes


def grid_anchors(
    cells: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]], finest: int
) -> list[np.ndarray]:
    """Return the anchors of each level, ``(h · w · A, 4)``.

    Args:
        cells: ``(A, 4)`` anchors of each level around the origin.
        sizes: of the maps.
        finest: stride of the first level, in pixels.
    """
    return [
        _level(cell, size, finest * 2**level)
        for level, (cell, size) in enumerate(zip(cells, sizes, strict=True))
    ]


def _level(cell: np.ndarray, size: tuple[int, int], stride: int) -> np.ndarray:
    y, x = np.meshgrid(
        *(np.arange(side, dtype=np.float32) * stride for side in size), indexing="ij"
    )
    places = np.stack([x, y, x, y], -1).reshape(-1, 1, 4)
    return (places + cell).reshape(-1, 4)
