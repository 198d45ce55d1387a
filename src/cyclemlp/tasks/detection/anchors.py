"""Anchors of torchvision's detectors at exact strides."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from typing_extensions import override

_SIDES = (32, 64, 128, 256, 512)  # pixels, on the five levels
_RATIOS = (0.5, 1.0, 2.0)


class Anchors(AnchorGenerator):
    """torchvision's anchors, with each level's stride twice that of the finer level.

    torchvision divides the image size by the map size, which is exact only for multiples of the
    coarsest stride: at 800 × 1344 pixels it computes 122 instead of 128. The anchors are float32
    even for half-precision maps, because bfloat16 cannot represent all integers above 256.
    """

    @override
    def forward(self, image_list: ImageList, feature_maps: list[Tensor]) -> list[Tensor]:
        first = feature_maps[0]
        self.set_cell_anchors(torch.promote_types(first.dtype, torch.float32), first.device)
        finest = image_list.tensors.shape[-1] // first.shape[-1]
        levels = range(len(feature_maps))
        strides = [torch.tensor(finest * 2**level, device=first.device) for level in levels]
        grids = [[*one.shape[-2:]] for one in feature_maps]
        anchors = torch.cat(self.grid_anchors(grids, [[stride, stride] for stride in strides]))
        return [anchors] * len(image_list.image_sizes)


def create_anchors(scale: float, octaves: Sequence[float]) -> Anchors:
    """Create the anchors of five pyramid levels.

    Args:
        scale: factor on all sides.
        octaves: further factors; each gives one anchor per aspect ratio and position.
    """
    sizes = tuple(tuple(scale * side * octave for octave in octaves) for side in _SIDES)
    return Anchors(sizes, (_RATIOS,) * len(sizes))  # type: ignore[arg-type]  # fractions work
