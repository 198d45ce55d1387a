"""The feature pyramid of a timm model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cyclemlp.tasks.common.backbones import create_network


@dataclass(frozen=True)
class FeatureLevel:
    """One level of a feature pyramid.

    Attributes:
        channels: channels of the feature map.
        stride: input pixels per position.
        size: (height, width) in positions.
    """

    channels: int
    stride: int
    size: tuple[int, int]


def feature_pyramid(
    architecture: str, model_args: dict[str, Any], image: Tensor
) -> tuple[FeatureLevel, ...]:
    """Return the levels of a model's feature pyramid, from fine to coarse; none if it has none.

    Args:
        architecture: timm model name.
        model_args: arguments of the model's constructor.
        image: an input of the model, `(1, 3, H, W)`.
    """
    try:
        network: Any = create_network(architecture, features_only=True, **model_args).eval()
    except (RuntimeError, ValueError, AttributeError):  # timm raises these if there are no features
        return ()
    with torch.inference_mode():
        maps = network(image)
    channels, strides = network.feature_info.channels(), network.feature_info.reduction()
    return tuple(
        FeatureLevel(c, stride, _size(tuple(feature.shape[1:]), c))
        for c, stride, feature in zip(channels, strides, maps, strict=True)
    )


def _size(shape: tuple[int, ...], channels: int) -> tuple[int, int]:
    """Return the (height, width) of a map that is channels-first or channels-last."""
    height, width = shape[1:] if shape[0] == channels else shape[:-1]
    return height, width
