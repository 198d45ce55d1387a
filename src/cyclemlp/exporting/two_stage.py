"""Faster R-CNN and Mask R-CNN in graphs that end where regions are chosen."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.ops import MultiScaleRoIAlign, roi_align

from cyclemlp.exporting.padded import cells, pad, per_anchor
from cyclemlp.exporting.part import Input, Part
from cyclemlp.runtime.config import FIRST_PART

FINEST = 4
"""Stride of the first level, in pixels."""
MAPS = 4
"""Levels with regions; the region proposal network has one more."""


class ProposalGraph(nn.Module):
    """The first stage before regions are chosen.

    Args:
        network: torchvision's detector.

    Shape:
        ``(B, 3, H, W)`` to four feature maps, and logits ``(B, N)`` and deltas ``(B, N, 4)`` for
        the anchors of all levels, the finest first.
    """

    def __init__(self, network: FasterRCNN) -> None:
        super().__init__()
        rpn: Any = network.rpn
        self.backbone, self.head = network.backbone, rpn.head

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Compute the maps, the logits and the deltas."""
        maps = list(self.backbone(pad(images)).values())
        logits, deltas = self.head(maps)
        scores = torch.cat([per_anchor(one, 1) for one in logits], 1)
        changes = torch.cat([per_anchor(one, 4) for one in deltas], 1)
        return (*maps[:MAPS], scores[..., 0], changes)


class RegionGraph(nn.Module):
    """A head over regions of the feature maps of one image.

    Args:
        pool: torchvision's pooling of regions.
        head: over the cells of a region.
        predictor: of the outputs.

    Shape:
        Four maps ``(1, C, h, w)``, and for each of them regions ``(N, 4)``, to the predictor's
        outputs in the order of the levels.
    """

    def __init__(self, pool: MultiScaleRoIAlign, head: nn.Module, predictor: nn.Module) -> None:
        super().__init__()
        self.head, self.predictor = head, predictor
        self._side, self._samples = pool.output_size, pool.sampling_ratio

    def forward(self, *inputs: Tensor) -> Any:
        """Compute the outputs of the regions of all levels."""
        levels = zip(inputs[:MAPS], inputs[MAPS:], strict=True)
        cells = [
            roi_align(one, [regions], self._side, 1 / (FINEST * 2**level), self._samples)
            for level, (one, regions) in enumerate(levels)
        ]
        return self.predictor(self.head(torch.cat(cells)))


def box_graph(network: FasterRCNN) -> RegionGraph:
    """Return the head that classifies regions and changes their boxes."""
    roi: Any = network.roi_heads
    return RegionGraph(roi.box_roi_pool, roi.box_head, roi.box_predictor)


def mask_graph(network: FasterRCNN) -> RegionGraph:
    """Return the head that computes masks in regions, of a Mask R-CNN."""
    roi: Any = network.roi_heads
    return RegionGraph(roi.mask_roi_pool, roi.mask_head, roi.mask_predictor)


def two_stage_parts(network: FasterRCNN, images: Input) -> tuple[dict[str, Part], dict[str, Any]]:
    """Return the parts of a Faster or Mask R-CNN, and its settings for `TwoStageObjects`."""
    roi: Any = network.roi_heads
    rpn: Any = network.rpn
    maps = ("map0", "map1", "map2", "map3")
    parts = {FIRST_PART: Part(ProposalGraph(network), (images,), (*maps, "logits", "deltas"))}
    inputs = _region_inputs(network.backbone.out_channels)
    parts["boxes"] = Part(box_graph(network), inputs, ("class_logits", "class_deltas"))
    if roi.has_mask():
        parts["masks"] = Part(mask_graph(network), inputs, ("mask_logits",))
    regions = rpn._post_nms_top_n["testing"]
    settings = {"finest": FINEST, "regions": regions}
    return parts, settings | {"cells": cells(rpn.anchor_generator)}


def _region_inputs(channels: Any) -> tuple[Input, ...]:
    maps = [
        Input(
            f"map{i}",
            (1, channels, 24 >> i, 32 >> i),
            {2: (f"height{i}", 1), 3: (f"width{i}", 1)},
        )
        for i in range(MAPS)
    ]
    regions = [Input(f"regions{i}", (2 + i, 4), {0: (f"count{i}", 0)}) for i in range(MAPS)]
    return (*maps, *regions)
