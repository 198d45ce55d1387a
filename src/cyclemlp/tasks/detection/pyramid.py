"""A timm backbone with a feature pyramid network on top, as torchvision's detectors take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import (
    ExtraFPNBlock,
    LastLevelMaxPool,
    LastLevelP6P7,
)
from typing_extensions import override

from cyclemlp.tasks.common.backbones import (
    any_size_args,
    check_pyramid,
    create_network,
    feature_strides,
)


class Pyramid(nn.Module):
    """Feature maps of one width at five strides (Lin et al., CVPR 2017).

    Args:
        model: timm's name of the backbone.
        channels: of every map.
        finest: the finest stride. From 4 on, the fifth map is every other pixel of the fourth
            (Mask R-CNN's); from 8 on, two more come from the backbone's last map by convolutions
            (RetinaNet's). Both are PVT's settings.
        norm: of the pyramid's convolutions, from the number of channels; None for none.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Attributes:
        features: timm's feature network.
        out_channels: `channels`, by torchvision's name.

    Shape:
        ``(B, 3, H, W)``, sides divisible by 32, to five maps ``(B, channels, h, w)`` by name.

    Raises:
        ValueError: no such backbone, not a pyramid, or it refuses an argument.
    """

    def __init__(
        self,
        model: str,
        channels: int,
        finest: int,
        norm: Callable[..., nn.Module] | None = None,
        model_args: Mapping[str, Any] | None = None,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        check_pyramid(model)
        strides = [stride for stride in (4, 8, 16, 32) if stride >= finest]
        self.features: Any = create_network(
            model,
            features_only=True,
            out_indices=_indices(model, strides),
            pretrained=pretrained,
            **any_size_args(model) | dict(model_args or {}),
        )
        widths = self.features.feature_info.channels()
        extra: ExtraFPNBlock = LastLevelMaxPool()
        if finest == 8:
            extra = CoarseLevels(widths[-1], channels)
            extra.use_P5 = False  # on the backbone's map, even if that has as many channels
        self.fpn = FeaturePyramidNetwork(widths, channels, extra, norm)
        self.out_channels = channels

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 3, H, W)`` to maps named ``"0"``, ``"1"``, … and those that were added."""
        maps = self.features(images)
        if getattr(self.features, "output_fmt", "NCHW") == "NHWC":  # Swin's, for one
            maps = [one.permute(0, 3, 1, 2).contiguous() for one in maps]
        return self.fpn({str(number): one for number, one in enumerate(maps)})


class CoarseLevels(LastLevelP6P7):
    """RetinaNet's two coarsest levels, always in full precision, which costs nothing here.

    In bfloat16 on CPUs with AMX the weights' gradient of a strided 3 × 3 convolution over a map of
    one pixel holds uninitialised memory (torch 2.15).
    """

    @override
    def forward(
        self, p: list[Tensor], c: list[Tensor], names: list[str]
    ) -> tuple[list[Tensor], list[str]]:
        with torch.autocast(c[-1].device.type, enabled=False):
            last = c[-1].to(self.p6.weight.dtype)
            return super().forward(p, [last], names)


def _indices(model: str, strides: Sequence[int]) -> tuple[int, ...]:
    """Where a backbone's maps of these strides are; of several alike the last."""
    found = feature_strides(model)
    return tuple(len(found) - 1 - found[::-1].index(stride) for stride in strides)
