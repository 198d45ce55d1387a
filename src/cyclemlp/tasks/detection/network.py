"""The detection network: torchvision's detectors over a timm pyramid, for images of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import (
    FasterRCNN,
    FastRCNNConvFCHead,
    FastRCNNPredictor,
    TwoMLPHead,
)
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNN, MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.retinanet import RetinaNet, RetinaNetHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from typing_extensions import override

from cyclemlp.tasks.detection.pyramid import Pyramid

Found: TypeAlias = dict[str, Tensor]
"""What is found in one image, best first: ``boxes`` ``(N, 4)``, ``labels`` ``(N,)`` from 0,
``scores`` ``(N,)``, and of Mask R-CNN ``masks`` ``(N, 1, 28, 28)``, probabilities over each box."""

_SIDES = (32, 64, 128, 256, 512)  # of the anchors on the five levels, in pixels
_RATIOS = (0.5, 1.0, 2.0)
_NORMED = 8  # channels in a group of the heads' norms: torchvision's 32 groups of 256
_SHORT_NAMES = {
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

    A batch is padded at the right and below to the largest image's size and a multiple of 32, and
    nothing else is done to it: boxes are in pixels of the images as given.

    Args:
        model: timm's name of the backbone.
        classes: number of classes.
        detector: ``"retinanet"`` (Lin et al., ICCV 2017), ``"faster_rcnn"`` (Ren et al., NeurIPS
            2015) or ``"mask_rcnn"`` (He et al., ICCV 2017).
        channels: width of pyramid and heads.
        anchor_scale: factor on the anchors' sides, 32 to 512 pixels (of RetinaNet: 32 to 813).
        group_norm: whether the convolutions of pyramid and heads have group norms; then the second
            stage also has four convolutions before its linear layer.
        regions: of an image, that the second of two stages learns from.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Shape:
        A list of ``(3, H, W)``, or ``(B, 3, H, W)``; while training with targets, dicts with
        ``boxes``, ``labels`` from 0 and for Mask R-CNN ``masks``. Gives one `Found` an image, or
        while training the losses by name.

    Raises:
        ValueError: see `Pyramid`.
    """

    def __init__(
        self,
        model: str,
        classes: int,
        detector: str = "retinanet",
        channels: int = 256,
        anchor_scale: float = 1.0,
        group_norm: bool = False,
        regions: int = 512,
        model_args: Mapping[str, Any] | None = None,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        self.num_classes = classes
        finest = 8 if detector == "retinanet" else 4
        norm = partial(nn.GroupNorm, channels // _NORMED) if group_norm else None
        pyramid = Pyramid(model, channels, finest, norm, model_args, pretrained)
        self.network: Any = DETECTORS[detector](pyramid, classes, anchor_scale, norm, regions)
        self.network.transform = Padding()
        # Labels are from 0 everywhere in this library; to the two-stage detectors 0 is background.
        self._first_label = 0 if detector == "retinanet" else 1
        for module in _heads(self.network):
            module.register_forward_hook(_in_full)

    def limit(self, min_score: float, nms_iou: float, max_objects: int) -> None:
        """Set what the next predictions hold; see `Detection`'s settings of these names."""
        last = getattr(self.network, "roi_heads", self.network)
        last.score_thresh, last.nms_thresh = min_score, nms_iou
        last.detections_per_img = max_objects

    def forward(
        self, images: Sequence[Tensor] | Tensor, targets: Sequence[Mapping[str, Any]] | None = None
    ) -> Any:
        """A `Found` for each image; while training the losses by name."""
        if not self.training:
            return [
                one | {"labels": one["labels"] - self._first_label}
                for one in self.network(list(images))
            ]
        assert targets is not None
        names = [name for name in ("boxes", "masks") if name in targets[0]]
        shifted = [
            {name: one[name] for name in names} | {"labels": one["labels"] + self._first_label}
            for one in targets
        ]
        losses = self.network(list(images), shifted)
        return {_SHORT_NAMES[name]: value for name, value in losses.items()}


class Padding(GeneralizedRCNNTransform):
    """torchvision's first and last step without resizing, normalising or pasting masks.

    Those belong to this library's own transforms and predictions.
    """

    def __init__(self) -> None:
        super().__init__(min_size=1, max_size=1, image_mean=[0.0] * 3, image_std=[1.0] * 3)

    @override
    def normalize(self, image: Tensor) -> Tensor:
        return image

    @override
    def resize(self, image: Tensor, target: Any = None) -> tuple[Tensor, Any]:
        return image, target

    @override
    def postprocess(self, result: list[Found], image_shapes: Any, original_image_sizes: Any) -> Any:
        return result


class Anchors(AnchorGenerator):
    """torchvision's anchors, where each level's cells are twice as far apart as the finer one's.

    torchvision divides the image by the map, which is right for multiples of the coarsest stride
    only: at 800 × 1344 pixels it takes 122 for the coarsest stride of 128. The anchors are float32
    also over maps of half precision: a bfloat16 number tells pixels apart up to 256 only.
    """

    @override
    def forward(self, image_list: ImageList, feature_maps: list[Tensor]) -> list[Tensor]:
        first = feature_maps[0]
        self.set_cell_anchors(torch.promote_types(first.dtype, torch.float32), first.device)
        finest = image_list.tensors.shape[-1] // first.shape[-1]
        levels = range(len(feature_maps))
        strides = [torch.tensor(finest * 2**level, device=first.device) for level in levels]
        grids = [[*one.shape[-2:]] for one in feature_maps]
        anchors = torch.cat(self.grid_anchors(grids, [[stride, stride] for stride in strides]))
        return [anchors] * len(image_list.image_sizes)


def _anchors(scale: float, octaves: Sequence[float]) -> Anchors:
    sizes = tuple(tuple(scale * side * octave for octave in octaves) for side in _SIDES)
    return Anchors(sizes, (_RATIOS,) * len(sizes))  # type: ignore[arg-type]  # fractions work


_Norm: TypeAlias = Callable[..., nn.Module] | None


def _retinanet(
    pyramid: Pyramid, classes: int, scale: float, norm: _Norm, regions: int
) -> RetinaNet:
    anchors = _anchors(scale, (1.0, 2 ** (1 / 3), 2 ** (2 / 3)))
    count = anchors.num_anchors_per_location()[0]
    head = RetinaNetHead(pyramid.out_channels, count, classes, norm)
    return RetinaNet(pyramid, classes, anchor_generator=anchors, head=head)


def _two_stages(
    kind: type[FasterRCNN],
    pyramid: Pyramid,
    classes: int,
    scale: float,
    norm: _Norm,
    regions: int,
) -> FasterRCNN:
    width = pyramid.out_channels
    parts: dict[str, Any] = {
        "box_head": _box_head(width, norm),
        "box_predictor": FastRCNNPredictor(4 * width, classes + 1),
        "box_batch_size_per_image": regions,
        # as published at the usual 512: 2000 proposals to sample from, 1000 to judge
        "rpn_post_nms_top_n_train": min(2000, 4 * regions),
        "rpn_post_nms_top_n_test": min(1000, 2 * regions),
    }
    if kind is MaskRCNN:
        parts["mask_head"] = MaskRCNNHeads(width, (width,) * 4, 1, norm)  # type: ignore[arg-type]
        parts["mask_predictor"] = MaskRCNNPredictor(width, width, classes + 1)
    return kind(pyramid, rpn_anchor_generator=_anchors(scale, (1.0,)), **parts)


def _box_head(width: int, norm: _Norm) -> nn.Module:
    """Over 7 × 7 cells a region, to a vector four times as wide: 1024 at the usual 256."""
    if norm is None:
        return TwoMLPHead(49 * width, 4 * width)
    return FastRCNNConvFCHead((width, 7, 7), [width] * 4, [4 * width], norm)


DETECTORS: dict[str, Callable[[Pyramid, int, float, _Norm, int], nn.Module]] = {
    "retinanet": _retinanet,
    "faster_rcnn": partial(_two_stages, FasterRCNN),
    "mask_rcnn": partial(_two_stages, MaskRCNN),
}
"""Name -> how it is built."""


def _heads(network: Any) -> list[nn.Module]:
    """The modules whose outputs become boxes, scores, masks and losses."""
    if isinstance(network, RetinaNet):
        return [network.head]
    roi = network.roi_heads
    found = [network.rpn.head, roi.box_predictor, roi.mask_predictor]
    return [module for module in found if module is not None]


def _in_full(module: nn.Module, args: Any, output: Any) -> Any:
    """Half-precision outputs as float32: boxes and focal losses need more than 8 bits."""
    return tree_map_only(
        Tensor, lambda value: value.to(torch.promote_types(value.dtype, torch.float32)), output
    )
