"""RetinaNet, Faster R-CNN and Mask R-CNN of torchvision over a feature pyramid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from torch import nn
from torchvision.models.detection.faster_rcnn import (
    FasterRCNN,
    FastRCNNConvFCHead,
    FastRCNNPredictor,
    TwoMLPHead,
)
from torchvision.models.detection.mask_rcnn import MaskRCNN, MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.retinanet import RetinaNet, RetinaNetHead

from cyclemlp.tasks.detection.anchors import create_anchors
from cyclemlp.tasks.detection.pooling import create_region_pool
from cyclemlp.tasks.detection.pyramid import Norm, Pyramid
from cyclemlp.tasks.detection.settings import DetectorSettings

Architecture: TypeAlias = Callable[[Pyramid, int, DetectorSettings, Norm], nn.Module]
"""From a pyramid, the number of classes, settings and the norm of convolutions to a network."""


def _retinanet(pyramid: Pyramid, classes: int, settings: DetectorSettings, norm: Norm) -> RetinaNet:
    anchors = create_anchors(settings.anchor_scale, (1.0, 2 ** (1 / 3), 2 ** (2 / 3)))
    count = anchors.num_anchors_per_location()[0]
    head = RetinaNetHead(pyramid.out_channels, count, classes, norm)
    return RetinaNet(pyramid, classes, anchor_generator=anchors, head=head)


def _two_stages(
    kind: type[FasterRCNN], pyramid: Pyramid, classes: int, settings: DetectorSettings, norm: Norm
) -> FasterRCNN:
    width, regions = pyramid.out_channels, settings.regions
    parts: dict[str, Any] = {
        "box_roi_pool": create_region_pool(7),
        "box_head": _box_head(width, norm),
        "box_predictor": FastRCNNPredictor(4 * width, classes + 1),
        "box_batch_size_per_image": regions,
        # The published numbers of proposals at 512 regions: 2000 in training, 1000 in prediction.
        "rpn_post_nms_top_n_train": min(2000, 4 * regions),
        "rpn_post_nms_top_n_test": min(1000, 2 * regions),
    }
    if kind is MaskRCNN:
        parts["mask_roi_pool"] = create_region_pool(14)
        parts["mask_head"] = MaskRCNNHeads(width, (width,) * 4, 1, norm)  # type: ignore[arg-type]
        parts["mask_predictor"] = MaskRCNNPredictor(width, width, classes + 1)
    anchors = create_anchors(settings.anchor_scale, (1.0,))
    return kind(pyramid, rpn_anchor_generator=anchors, **parts)


def _box_head(width: int, norm: Norm) -> nn.Module:
    """Return the head over the 7 × 7 cells of a region; its output has four times the width."""
    if norm is None:
        return TwoMLPHead(49 * width, 4 * width)
    return FastRCNNConvFCHead((width, 7, 7), [width] * 4, [4 * width], norm)


ARCHITECTURES: dict[str, Architecture] = {
    "retinanet": _retinanet,
    "faster_rcnn": partial(_two_stages, FasterRCNN),
    "mask_rcnn": partial(_two_stages, MaskRCNN),
}
"""Name of each detector, and the function that creates it."""


def prediction_heads(network: Any) -> list[nn.Module]:
    """Return the modules whose outputs become boxes, scores, masks and losses."""
    if isinstance(network, RetinaNet):
        return [network.head]
    roi = network.roi_heads
    found = [network.rpn.head, roi.box_predictor, roi.mask_predictor]
    return [module for module in found if module is not None]
