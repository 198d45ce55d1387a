"""RetinaNet without its post-processing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNet

from cyclemlp.exporting.padded import cells, pad, per_anchor
from cyclemlp.exporting.part import Input, Part
from cyclemlp.runtime.config import FIRST_PART

FINEST = 8
"""Stride of the first level, in pixels."""


class RetinaNetHead(nn.Module):
    """The head over one level.

    Args:
        network: torchvision's RetinaNet.

    Shape:
        ``(B, C, h, w)`` to logits ``(B, N, classes)`` and deltas ``(B, N, 4)`` of its anchors.
    """

    def __init__(self, network: RetinaNet) -> None:
        super().__init__()
        head: Any = network.head
        self._classes, self._boxes = head.classification_head, head.regression_head

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the logits and the deltas."""
        logits = self._classes.cls_logits(self._classes.conv(features))
        deltas = self._boxes.bbox_reg(self._boxes.conv(features))
        return per_anchor(logits, self._classes.num_classes), per_anchor(deltas, 4)


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
        self.backbone, self.head = network.backbone, RetinaNetHead(network)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the logits and the deltas."""
        levels = [self.head(one) for one in self.backbone(pad(images)).values()]
        logits, deltas = zip(*levels, strict=True)
        return torch.cat(logits, 1), torch.cat(deltas, 1)


def retinanet_parts(network: RetinaNet, images: Input) -> tuple[dict[str, Part], dict[str, Any]]:
    """Return the parts of a RetinaNet, and its settings for `RetinaNetObjects`."""
    part = Part(RetinaNetGraph(network), (images,), ("logits", "deltas"))
    return {FIRST_PART: part}, {"cells": cells(network.anchor_generator), "finest": FINEST}
