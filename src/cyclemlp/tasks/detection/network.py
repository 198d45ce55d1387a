"""The detection network: torchvision's detectors over a timm pyramid, for images of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from cyclemlp.tasks.detection.architectures import ARCHITECTURES, prediction_heads
from cyclemlp.tasks.detection.padding import Padding
from cyclemlp.tasks.detection.pyramid import Pyramid
from cyclemlp.tasks.detection.settings import DetectorSettings, Limits

_GROUP = 8  # channels per group of the norms: torchvision has 32 groups of 256 channels
# torchvision's names of the losses, and the names in this library
_LOSS_NAMES = {
    "classification": "classification",
    "bbox_regression": "boxes",
    "loss_classifier": "classification",
    "loss_box_reg": "boxes",
    "loss_objectness": "objectness",
    "loss_rpn_box_reg": "proposals",
    "loss_mask": "masks",
}


class Detector(nn.Module):
    """RetinaNet, Faster R-CNN or Mask R-CNN over a timm backbone.

    A batch is padded at the right and bottom to the size of its largest image, rounded up to a
    multiple of 32; boxes are in pixels of the images as given.

    Args:
        model: timm name of the backbone.
        classes: number of classes.
        settings: detector, widths and anchors.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Shape:
        A list of ``(3, H, W)``, or ``(B, 3, H, W)``; in training mode also targets: dicts with
        ``boxes``, ``labels`` from 0, and for Mask R-CNN ``masks``. Returns one `Found` per image,
        in training mode a dict of losses.

    Raises:
        ValueError: see `Pyramid`.
    """

    def __init__(
        self,
        model: str,
        classes: int,
        settings: DetectorSettings | None = None,
        model_args: Mapping[str, Any] | None = None,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        settings = settings or DetectorSettings()
        self.num_classes = classes
        one_stage = settings.detector == "retinanet"
        norm = partial(nn.GroupNorm, settings.channels // _GROUP) if settings.group_norm else None
        pyramid = Pyramid(
            model, settings.channels, 8 if one_stage else 4, norm, model_args, pretrained
        )
        self.network: Any = ARCHITECTURES[settings.detector](pyramid, classes, settings, norm)
        self.network.transform = Padding()
        # Labels start at 0 in this library; in torchvision's two-stage detectors 0 is background.
        self._first_label = 0 if one_stage else 1
        for module in prediction_heads(self.network):
            module.register_forward_hook(_in_float32)

    @property
    def backbone(self) -> nn.Module:
        """The timm feature network."""
        return self.network.backbone.features

    def limit(self, limits: Limits) -> None:
        """Set which objects the next predictions hold."""
        last = getattr(self.network, "roi_heads", self.network)
        last.score_thresh, last.nms_thresh = limits.min_score, limits.nms_iou
        last.detections_per_img = limits.max_objects

    def forward(
        self, images: Sequence[Tensor] | Tensor, targets: Sequence[Mapping[str, Any]] | None = None
    ) -> Any:
        """Return a `Found` for each image; in training mode a dict of losses."""
        if not self.training:
            return [
                one | {"labels": one["labels"] - self._first_label}
                for one in self.network(list(images))
            ]
        assert targets is not None
        losses = self.network(list(images), [self._shifted(one) for one in targets])
        return {_LOSS_NAMES[name]: value for name, value in losses.items()}

    def _shifted(self, target: Mapping[str, Any]) -> dict[str, Any]:
        """Return what torchvision needs of a target, with its labels."""
        kept = {name: target[name] for name in ("boxes", "masks") if name in target}
        return kept | {"labels": target["labels"] + self._first_label}


def _in_float32(module: nn.Module, args: Any, output: Any) -> Any:
    """Convert half-precision outputs, whose 8 bits are too few for boxes and focal losses."""
    return tree_map_only(
        Tensor, lambda value: value.to(torch.promote_types(value.dtype, torch.float32)), output
    )
