"""Object detection, and with masks instance segmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.split import Color, Split
from cyclemlp.data.transforms.detect import (
    DetectionAugmentation,
    detection_eval_transform,
    detection_train_transform,
)
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.drawing import palette
from cyclemlp.tasks.contract import Gathering, Task
from cyclemlp.tasks.detection.network import Detector, Found
from cyclemlp.tasks.detection.prediction import CocoFile, DetectionPrediction, Look
from cyclemlp.tasks.detection.windows import window_objects

if TYPE_CHECKING:
    from cyclemlp.data.layouts.objects.object_split import ObjectSplit
    from cyclemlp.tasks.detection.metrics import DetectionScores


class Detection(Task):
    """Boxes around objects, by RetinaNet or Faster R-CNN over any timm pyramid.

    Args:
        classes: class names, in the order of the labels.
        colors: of each class; by default a palette of distinct ones.
        detector: the network, one of `detectors`; by default the first.
        channels: width of feature pyramid and heads, a multiple of 32.
        anchor_scale: factor on the anchors' sides, which are 32 to 512 pixels of the network's
            input; below 1 for objects that are smaller there.
        group_norm: whether the convolutions of pyramid and heads have group norms, which learn in
            hundreds of steps what the published networks learn in tens of thousands.
        regions: of an image, that the second stage learns from, where there is one; twice as many
            are judged in predicting, 1000 at most. Fewer are faster.
        category_ids: the data set's numbers of the classes, for COCO's JSON; by default from 1 on.
        min_score: what scores less is left out.
        max_objects: most objects an image; COCO's figures count 100.
        nms_iou: of two boxes of a class that overlap by more than this the weaker one goes.
        shown_score: what scores less is in the files, but neither drawn nor counted in words.
        window: predict by overlapping windows of this side, in pixels, at the image's own size, in
            bounded memory; by default the whole image at once.
        overlap: least share that neighbouring windows have in common; objects up to that size are
            seen whole by one of them.

    Raises:
        ValueError: a setting is out of range.
    """

    name = "detect"
    headline = "ap"
    ranking = "class_ap"
    pipeline_tag = "object-detection"
    augmentation = DetectionAugmentation
    image_size = (800, 1333)  # of COCO's recipes: short and long side
    base_lr = (1e-4, 16)  # PVT's RetinaNet
    stacks = False
    skips_parameters = True
    half_weights = False  # eight bits place a box in 1000 pixels to within four
    pictures = True
    masks: ClassVar[bool] = False
    detectors: ClassVar[tuple[str, ...]] = ("retinanet", "faster_rcnn")

    def __init__(
        self,
        classes: Sequence[str],
        *,
        colors: Sequence[Color] = (),
        detector: str | None = None,
        channels: int = 256,
        anchor_scale: float = 1.0,
        group_norm: bool = False,
        regions: int = 512,
        category_ids: Sequence[int] | None = None,
        min_score: float = 0.05,
        max_objects: int = 100,
        nms_iou: float = 0.5,
        shown_score: float = 0.3,
        window: int | None = None,
        overlap: float = 0.25,
    ) -> None:
        super().__init__(classes, colors=colors or palette(len(classes)))
        self.detector = detector or self.detectors[0]
        self.channels = channels
        self.anchor_scale = anchor_scale
        self.group_norm = group_norm
        self.regions = regions
        self.category_ids = tuple(category_ids or range(1, len(self.classes) + 1))
        self.limits = {"min_score": min_score, "nms_iou": nms_iou, "max_objects": max_objects}
        self.shown_score = shown_score
        self.window = window
        self.overlap = overlap
        self.one_by_one = window is not None
        self._check_network()
        self._check_limits()

    def _check_network(self) -> None:
        if self.detector not in self.detectors:
            raise ValueError(
                f"task {self.name!r} has the detectors {', '.join(self.detectors)}; got "
                f"{self.detector!r}"
            )
        if self.channels < 32 or self.channels % 32:
            raise ValueError(f"channels is a multiple of 32, got {self.channels}")
        if self.anchor_scale <= 0:
            raise ValueError(f"anchor_scale is above 0, got {self.anchor_scale}")
        if len(self.category_ids) != len(self.classes):
            raise ValueError(
                f"category_ids has a number for each of the {len(self.classes)} classes; got "
                f"{len(self.category_ids)}"
            )
        if self.regions < 1:
            raise ValueError(f"regions is at least 1, got {self.regions}")

    def _check_limits(self) -> None:
        shares = {name: self.limits[name] for name in ("min_score", "nms_iou")}
        for name, value in (shares | {"shown_score": self.shown_score}).items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is in 0..1, got {value}")
        if self.limits["max_objects"] < 1:
            raise ValueError(f"max_objects is at least 1, got {self.limits['max_objects']}")
        if self.window is not None and self.window < 32:
            raise ValueError(f"window is at least 32 pixels, got {self.window}")
        if not 0 <= self.overlap < 1:
            raise ValueError(f"overlap is at least 0 and below 1, got {self.overlap}")

    @property
    def network_settings(self) -> dict[str, Any]:
        """Detector, widths, anchors, and the numbers of the classes."""
        return {
            "detector": self.detector,
            "channels": self.channels,
            "anchor_scale": self.anchor_scale,
            "group_norm": self.group_norm,
            "regions": self.regions,
            "category_ids": list(self.category_ids),
        }

    @classmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> ObjectSplit:
        """Open pictures with objects; see `open_detection` for the layouts."""
        return open_detection(data, split, classes, cls.masks)

    @classmethod
    def settings_of(cls, split: Split) -> dict[str, Any]:
        """The data set's numbers of its classes."""
        return {"category_ids": list(split.category_ids)}  # type: ignore[attr-defined]  # of objects

    def build(self, model: str, pretrained: bool = False, **model_args: Any) -> Detector:
        """Return a `Detector` over timm's `model`."""
        return Detector(
            model,
            len(self.classes),
            self.detector,
            self.channels,
            self.anchor_scale,
            self.group_norm,
            self.regions,
            model_args,
            pretrained,
        )

    def backbone(self, network: nn.Module) -> nn.Module:
        """The timm feature network."""
        return network.network.backbone.features  # type: ignore[union-attr, return-value]  # a Detector

    def train_transform(
        self, preprocessing: Preprocessing, augmentation: DetectionAugmentation
    ) -> Callable[..., Any]:
        """Size, crop, flips, photometric distortion, as `augmentation` says."""
        return detection_train_transform(preprocessing, augmentation)

    def eval_transform(self, preprocessing: Preprocessing) -> Callable[..., Any]:
        """Fit into the size; with windows, the image's own size."""
        return detection_eval_transform(preprocessing, resize=self.window is None)

    def losses(
        self, network: nn.Module, images: list[Tensor], targets: list[dict[str, Any]]
    ) -> dict[str, Tensor]:
        """The losses classification and boxes; of two stages also objectness, proposals, masks."""
        return network(images, targets)

    def infer(self, network: nn.Module, images: list[Tensor]) -> list[Found]:
        """For each image what is found in it, in its own pixels, and its ``size``.

        Images of one size go through the network together; none is padded to another's size, so
        that a prediction does not depend on the batch.
        """
        network.limit(**self.limits)  # type: ignore[operator]  # a Detector
        if self.window is not None:
            nms_iou, most = self.limits["nms_iou"], int(self.limits["max_objects"])
            return [
                window_objects(network, image, self.window, self.overlap, nms_iou, most)
                for image in images
            ]
        found: dict[int, Found] = {}
        for shape in dict.fromkeys(image.shape for image in images):
            alike = [i for i, image in enumerate(images) if image.shape == shape]
            found |= zip(alike, network(torch.stack([images[i] for i in alike])), strict=True)
        sizes = [torch.tensor(image.shape[-2:]) for image in images]
        return [found[i] | {"size": size} for i, size in enumerate(sizes)]

    def metrics(self, detailed: bool = False) -> DetectionScores:
        """COCO's twelve figures of boxes, with masks also theirs, named ``mask_…``.

        ap (over IoU 0.5 to 0.95), ap50, ap75, ap_small, ap_medium, ap_large, ar1, ar10, ar100,
        ar_small, ar_medium, ar_large. Columns: the headline, then ap50 and objects.
        """
        from cyclemlp.tasks.detection.metrics import DetectionScores

        return DetectionScores(len(self.classes), self.masks, detailed)

    @property
    def _look(self) -> Look:
        return Look(self.classes, self.colors, self.shown_score)

    def predictions(
        self, outputs: list[Found], sizes: Sequence[tuple[int, int]]
    ) -> list[DetectionPrediction]:
        """What was found, in pixels of the original images."""
        return [
            DetectionPrediction.of(found, size, self._look)
            for found, size in zip(outputs, sizes, strict=True)
        ]

    def gathering(self) -> Gathering:
        """``coco.json``: COCO's format with scores, and the data set's own category ids."""
        return CocoFile(self.classes, self.category_ids)

    def truth(self, target: dict[str, Any]) -> DetectionPrediction:
        """The annotated objects, crowds left out."""
        return DetectionPrediction.of_target(target, self._look)


class InstanceSegmentation(Detection):
    """Boxes and masks of objects, by Mask R-CNN over any timm pyramid; settings as `Detection`'s.

    Data sets need masks of their objects, as COCO's have.
    """

    name = "instance"
    headline = "mask_ap"
    ranking = "class_mask_ap"
    pipeline_tag = "image-segmentation"
    base_lr = (2e-4, 16)  # PVT's Mask R-CNN
    masks = True
    detectors = ("mask_rcnn",)
