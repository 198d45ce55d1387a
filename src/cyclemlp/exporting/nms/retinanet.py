"""RetinaNet from the image to objects."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNet

from cyclemlp.exporting.nms.selecting import (
    Candidates,
    best_of_level,
    grid_anchors,
    select,
)
from cyclemlp.exporting.padded import pad
from cyclemlp.exporting.retinanet import FINEST, RetinaNetHead
from cyclemlp.tasks.detection.settings import Limits


class WholeRetinaNet(nn.Module):
    """A RetinaNet whose outputs are objects; their number depends on the image.

    Args:
        network: torchvision's RetinaNet.
        limits: which objects the outputs hold.

    Shape:
        ``(1, 3, H, W)`` to boxes ``(K, 4)``, labels ``(K,)`` and scores ``(K,)``, best first.
    """

    def __init__(self, network: RetinaNet, limits: Limits) -> None:
        super().__init__()
        self.backbone, self.head = network.backbone, RetinaNetHead(network)
        self._anchors, self._coder = network.anchor_generator, network.box_coder
        self._limits = limits

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Compute the objects."""
        maps = list(self.backbone(pad(images)).values())
        anchors = grid_anchors(self._anchors, maps, FINEST)
        levels = [self._level(*level) for level in zip(maps, anchors, strict=True)]
        found = Candidates(*(torch.cat(part) for part in zip(*levels, strict=True)))
        above, limits = found.scores > self._limits.min_score, self._limits
        size = images.shape[2:]
        return tuple(select(found, above, size, 0, limits.nms_iou, limits.max_objects))

    def _level(self, features: Tensor, anchors: Tensor) -> Candidates:
        logits, deltas = self.head(features)
        return best_of_level(logits[0], deltas[0], anchors, self._coder)
