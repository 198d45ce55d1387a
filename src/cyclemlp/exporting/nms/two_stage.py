"""Faster R-CNN and Mask R-CNN from the image to objects."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import FasterRCNN

from cyclemlp.exporting.nms.selecting import (
    Candidates,
    best_of_level,
    grid_anchors,
    select,
)
from cyclemlp.exporting.padded import pad, per_anchor
from cyclemlp.exporting.two_stage import FINEST, MAPS, box_graph, mask_graph
from cyclemlp.runtime.decoding.proposals import SMALLEST_REGION
from cyclemlp.runtime.decoding.regions import LEVEL, SIDE
from cyclemlp.runtime.decoding.two_stage import SMALLEST_OBJECT
from cyclemlp.tasks.detection.settings import Limits


class WholeTwoStage(nn.Module):
    """A Faster or Mask R-CNN whose outputs are objects; their number depends on the image.

    Args:
        network: torchvision's detector.
        limits: which objects the outputs hold.

    Shape:
        ``(1, 3, H, W)`` to boxes ``(K, 4)``, labels ``(K,)`` and scores ``(K,)``, best first, and
        for Mask R-CNN probabilities ``(K, 1, 28, 28)`` of masks within the boxes.
    """

    def __init__(self, network: FasterRCNN, limits: Limits) -> None:
        super().__init__()
        rpn: Any = network.rpn
        roi: Any = network.roi_heads
        self.backbone, self.first = network.backbone, rpn.head
        self.boxes = box_graph(network)
        self.masks = mask_graph(network) if roi.has_mask() else None
        self._anchors, self._coders = rpn.anchor_generator, (rpn.box_coder, roi.box_coder)
        self._regions, self._overlap = rpn._post_nms_top_n["testing"], rpn.nms_thresh
        self._limits = limits

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Compute the objects."""
        maps = list(self.backbone(pad(images)).values())
        size = images.shape[2:]
        regions = self._proposals(maps, size)
        found = self._objects(maps[:MAPS], by_level(regions), size)
        return tuple(found if self.masks is None else self._with_masks(maps[:MAPS], found))

    def _proposals(self, maps: list[Tensor], size: torch.Size) -> Tensor:
        """Return the regions ``(R, 4)`` in which objects are sought."""
        anchors = grid_anchors(self._anchors, maps, FINEST)
        levels = [self._level(*level) for level in zip(maps, anchors, strict=True)]
        boxes, _, scores = (torch.cat(part) for part in zip(*levels, strict=True))
        # Regions suppress only those of the same level.
        level = torch.arange(len(maps)).repeat_interleave(levels[0].scores.shape[0])
        found = Candidates(boxes, level, scores)
        real = scores >= 0
        return select(found, real, size, SMALLEST_REGION, self._overlap, self._regions).boxes

    def _level(self, features: Tensor, anchors: Tensor) -> Candidates:
        (logits,), (deltas,) = self.first([features])
        logits, deltas = per_anchor(logits, 1)[0], per_anchor(deltas, 4)[0]
        return best_of_level(logits, deltas, anchors, self._coders[0])

    def _objects(self, maps: list[Tensor], levels: list[Tensor], size: torch.Size) -> Candidates:
        """Return objects in the regions of each level."""
        regions = torch.cat(levels)
        logits, deltas = self.boxes(*maps, *levels)
        scores = logits.softmax(1)[:, 1:]  # the first class is the background
        limits = self._limits
        region, label = (scores > limits.min_score).nonzero().unbind(1)
        own = deltas.unflatten(1, (-1, 4))[region, label + 1]
        boxes = self._coders[1].decode_single(own, regions[region])
        found = Candidates(boxes, label, scores[region, label])
        every = torch.ones_like(label, dtype=torch.bool)
        return select(found, every, size, SMALLEST_OBJECT, limits.nms_iou, limits.max_objects)

    def _with_masks(self, maps: list[Tensor], found: Candidates) -> tuple[Tensor, ...]:
        levels = level_of(found.boxes)
        order = torch.cat([(levels == level).nonzero()[:, 0] for level in range(MAPS)])
        assert self.masks is not None
        logits = self.masks(*maps, *by_level(found.boxes))
        found = found.at(order)
        number = (found.labels + 1)[:, None, None, None]  # the first mask is the background's
        own = logits.gather(1, number.expand(-1, 1, *logits.shape[2:])).sigmoid()
        best = found.scores.argsort(descending=True)
        return (*found.at(best), own[best])


def level_of(regions: Tensor) -> Tensor:
    """Return the level of each of the regions ``(N, 4)``, 0 is the finest."""
    sides = (regions[:, 2:] - regions[:, :2]).prod(1).sqrt()
    return (LEVEL + (sides / SIDE).log2() + 1e-6).floor().clamp(0, MAPS - 1)


def by_level(regions: Tensor) -> list[Tensor]:
    """Return the regions of each level, in their order."""
    levels = level_of(regions)
    return [regions[(levels == level).nonzero()[:, 0]] for level in range(MAPS)]
