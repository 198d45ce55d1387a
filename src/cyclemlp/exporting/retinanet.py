"""RetinaNet without its post-processing."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNet

from cyclemlp.exporting.padded import cells, pad
from cyclemlp.exporting.part import Input, Part
from cyclemlp.runtime.config import FIRST_PART

FINEST = 8
"""Stride of the first level, in pixels."""


class RetinaNetGraph(nn.Module):
    """The part of a RetinaNet before decoding and suppression, which depend on data.

    Args:
        network: torchvision's RetinaNet.

    Shape:
        ``(B, 3, H, W)`` to logits ``(B, N, classes)`` and deltas ``(B, N, 4)``, for the anchors of
        all levels, the finest first.
    """

    def __init__(self, network: RetinaNet) -> None:
        super().__init__()
        self.backbone, self.head = network.backbone, network.head

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the logits and the deltas."""
        outputs = self.head(list(self.backbone(pad(images)).values()))
        return outputs["cls_logits"], outputs["bbox_regression"]


def retinanet_parts(network: RetinaNet, images: Input) -> tuple[dict[str, Part], dict[str, Any]]:
    """Return the parts of a RetinaNet, and its settings for `RetinaNetObjects`."""
    part = Part(RetinaNetGraph(network), (images,), ("logits", "deltas"))
    return {FIRST_PART: part}, {"cells": cells(network.anchor_generator), "finest": FINEST}
