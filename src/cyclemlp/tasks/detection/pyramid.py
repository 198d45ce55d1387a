"""A timm backbone with a feature pyramid network, as the backbone of torchvision's detectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import (
    ExtraFPNBlock,
    LastLevelMaxPool,
    LastLevelP6P7,
)
from typing_extensions import override

from cyclemlp.tasks.common.backbones import create_network
from cyclemlp.tasks.common.pyramids import STRIDES, any_size_args, check_pyramid, feature_strides

Norm: TypeAlias = "Callable[..., nn.Module] | None"
"""From a number of channels to a norm layer; None for no norm."""


class Pyramid(nn.Module):
    """Feature maps of equal width at five strides (Lin et al., CVPR 2017).

    Args:
        model: timm name of the backbone.
        channels: of every map.
        finest: finest stride, 4 or 8. From 4, the fifth map is a max pooling of the fourth (as in
            Mask R-CNN); from 8, convolutions of the backbone's last map give two more (as in
            RetinaNet). Both are PVT's settings.
        norm: of the pyramid's convolutions.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Attributes:
        features: timm's feature network.
        out_channels: `channels`, under the name that torchvision expects.

    Shape:
        ``(B, 3, H, W)``, sides divisible by 32, to a dict of five maps ``(B, channels, h, w)``.

    Raises:
        ValueError: there is no such backbone, it has no such feature maps, or it does not take an
            argument.
    """

    def __init__(
        self,
        model: str,
        channels: int,
        finest: int,
        norm: Norm = None,
        model_args: Mapping[str, Any] | None = None,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        check_pyramid(model)
        strides = [stride for stride in STRIDES if stride >= finest]
        self.features: Any = create_network(
            model,
            features_only=True,
            out_indices=_indices(model, strides),
            pretrained=pretrained,
            **any_size_args(model) | dict(model_args or {}),
        )
        widths = self.features.feature_info.channels()
        extra = CoarseLevels(widths[-1], channels) if finest == 8 else LastLevelMaxPool()
        self.fpn = FeaturePyramidNetwork(widths, channels, extra, norm)
        self.out_channels = channels

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Map images to maps named ``"0"``, ``"1"``, … and the names of the added ones."""
        maps = self.features(images)
        if getattr(self.features, "output_fmt", "NCHW") == "NHWC":  # e.g. Swin's
            maps = [one.permute(0, 3, 1, 2).contiguous() for one in maps]
        return self.fpn({str(number): one for number, one in enumerate(maps)})


class CoarseLevels(ExtraFPNBlock):
    """RetinaNet's two coarsest levels, by torchvision's convolutions, always in full precision.

    In bfloat16 on CPUs with AMX, the weight gradient of a strided 3 × 3 convolution over a map of
    one pixel holds uninitialised memory (torch 2.15). Full precision costs little on these maps.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        levels = LastLevelP6P7(in_channels, out_channels)
        self.p6, self.p7 = levels.p6, levels.p7

    @override
    def forward(
        self, results: list[Tensor], x: list[Tensor], names: list[str]
    ) -> tuple[list[Tensor], list[str]]:
        """Add two maps, computed from the backbone's last map, to the pyramid's `results`."""
        with torch.autocast(x[-1].device.type, enabled=False):
            p6 = self.p6(x[-1].to(self.p6.weight.dtype))
            p7 = self.p7(p6.relu())
        return [*results, p6, p7], [*names, "p6", "p7"]


def _indices(model: str, strides: Sequence[int]) -> tuple[int, ...]:
    """Return the index of a backbone's last map of each stride."""
    found = feature_strides(model)
    return tuple(len(found) - 1 - found[::-1].index(stride) for stride in strides)
