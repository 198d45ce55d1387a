"""Pooling of regions from feature maps of known strides."""

from __future__ import annotations

from math import log2

from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.poolers import LevelMapper

_STRIDES = (4, 8, 16, 32)  # of the maps with regions; the fifth map only proposes them
_SAMPLES = 2  # per cell and direction, as in torchvision's detectors


def create_region_pool(side: int) -> MultiScaleRoIAlign:
    """Create a pooling of regions to ``side × side`` cells.

    torchvision derives the strides from the first batch: it rounds the ratio of the map's size to
    the image's size, without the padding, and keeps them. An image of 33 pixels, which is padded
    to 64, sets strides 2 to 16, for all later images too.
    """
    pool = MultiScaleRoIAlign([str(level) for level in range(len(_STRIDES))], side, _SAMPLES)
    pool.scales = [1 / stride for stride in _STRIDES]
    pool.map_levels = LevelMapper(*(int(log2(stride)) for stride in (_STRIDES[0], _STRIDES[-1])))
    return pool
