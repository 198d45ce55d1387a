"""The effective receptive field of the centre of each feature map, averaged over images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cyclemlp.models.influence import feature_maps, half_share, influence

_MOST = 6  # maps that are shown; of more, four that are evenly spaced
_SEEN = 0.01  # of the largest influence


@dataclass(frozen=True, eq=False)
class Field:
    """The effective receptive field of a stage's central position.

    Attributes:
        stage: number of the feature map, from 1, finest first.
        stride: pixels between two positions.
        heat: ``(H, W)``, the mean influence of each pixel, its largest value 1.
    """

    stage: int
    stride: int
    heat: np.ndarray

    @property
    def half_share(self) -> float:
        """The smallest share of the pixels that holds half of the influence, in 0..1."""
        return half_share(torch.from_numpy(self.heat))

    @property
    def reach(self) -> tuple[int, int]:
        """Height and width of the box around pixels with 1 % of the largest influence or more."""
        rows, columns = np.nonzero(self.heat >= _SEEN)
        return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def fields(backbone: nn.Module, images: Tensor) -> list[Field]:
    """Return the field of each stage.

    Args:
        backbone: a timm model or feature network, in evaluation mode.
        images: ``(B, 3, H, W)``; the fields are means over them.

    Raises:
        ValueError: the backbone has no feature maps, or does not take the images.
    """
    backbone.requires_grad_(requires_grad=False)
    totals: dict[int, np.ndarray] = {}
    strides: dict[int, int] = {}
    for image in images:
        for stage, stride, heat in _of_image(backbone, image[None].clone().requires_grad_()):
            totals[stage] = totals.get(stage, 0) + heat
            strides[stage] = stride
    return [Field(stage, strides[stage], _scaled(heat)) for stage, heat in totals.items()]


def _of_image(backbone: nn.Module, image: Tensor) -> list[tuple[int, int, np.ndarray]]:
    with torch.enable_grad():
        maps = _maps(backbone, image)
        chosen = _chosen(len(maps))
        found = []
        for stage in chosen:
            height, width = maps[stage].shape[-2:]
            centre = maps[stage][0, :, height // 2, width // 2]
            heat = influence(centre, image, last=stage == chosen[-1])
            found.append((stage + 1, round(image.shape[-1] / width), heat.cpu().numpy()))
        return found


def _maps(backbone: nn.Module, image: Tensor) -> list[Tensor]:
    try:
        maps = feature_maps(backbone, image)
    except (AssertionError, RuntimeError, ValueError, NotImplementedError) as error:
        height, width = image.shape[-2:]
        raise ValueError(
            f"this network does not take {height} × {width} images: {str(error).rstrip('.')}; "
            "choose another --image-size"
        ) from error
    if not all(one.ndim == 4 for one in maps):
        raise ValueError(
            "this network has no feature maps, which a receptive field needs; choose a timm model "
            "with forward_intermediates"
        )
    return maps


def _chosen(count: int) -> Sequence[int]:
    """Return the maps to show: a pyramid's stages, or some blocks of a network without stages."""
    if count <= _MOST:
        return range(count)
    return [count * (number + 1) // 4 - 1 for number in range(4)]


def _scaled(heat: np.ndarray) -> np.ndarray:
    return heat / max(float(heat.max()), 1e-30)
