"""What object detection and instance segmentation share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from cyclemlp.data.augmentation.detect import DetectionAugmentation
from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.split import Color, Split
from cyclemlp.data.transforms.detect import (
    detection_eval_transform,
    detection_train_transform,
)
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.dense import DenseTask
from cyclemlp.tasks.common.same_size import run_by_size
from cyclemlp.tasks.detection.coco_file import CocoFile, complete_ids
from cyclemlp.tasks.detection.found import Found, on_cpu
from cyclemlp.tasks.detection.network import Detector
from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look
from cyclemlp.tasks.detection.settings import (
    DetectorSettings,
    Limits,
    check_share,
    choose_detector,
)
from cyclemlp.tasks.detection.windows import window_objects
from cyclemlp.tasks.prediction import Gathering

if TYPE_CHECKING:
    from cyclemlp.tasks.detection.metrics import DetectionScores


class ObjectTask(DenseTask):
    """Base class of tasks that find objects with torchvision's detectors over a timm pyramid.

    Args:
        classes: class names, in the order of the labels.
        colors: of each class; by default a palette of distinct colours.
        detector: one of `detectors`; by default the first.
        channels: see `DetectorSettings`.
        anchor_scale: see `DetectorSettings`.
        group_norm: see `DetectorSettings`.
        regions: see `DetectorSettings`.
        category_ids: the data set's category ids of the classes, for COCO's JSON; by default from
            1.
        min_score: see `Limits`.
        max_objects: see `Limits`.
        nms_iou: see `Limits`.
        shown_score: objects with a lower score are in the files, but neither drawn nor counted in
            text.
        window: side of the overlapping windows in which an image is predicted at its original
            size, in pixels, with bounded memory; by default the whole resized image is predicted.
        overlap: minimum share that neighbouring windows have in common; objects up to that size are
            entirely inside one of them.

    Attributes:
        detectors: names of the networks of this task.
        masks: whether objects have masks.

    Raises:
        ValueError: a setting is out of range.
    """

    detectors: ClassVar[tuple[str, ...]]
    masks: ClassVar[bool]

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
        super().__init__(classes, colors=colors, window=window, overlap=overlap)
        chosen = choose_detector(self.name, self.detectors, detector)
        self.detector_settings = DetectorSettings(
            chosen, channels, anchor_scale, group_norm, regions
        )
        self.limits = Limits(min_score, nms_iou, max_objects)
        self.category_ids = complete_ids(category_ids, len(self.classes))
        check_share("shown_score", shown_score)
        self.shown_score = shown_score
        self._look = Look(self.classes, self.colors, shown_score)

    @property
    def network_settings(self) -> dict[str, Any]:
        """Detector, widths, anchors, and category ids."""
        return asdict(self.detector_settings) | {"category_ids": list(self.category_ids)}

    @classmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> ObjectSplit:
        """Open images with annotated objects; see `open_detection` for the layouts."""
        return open_detection(data, split, classes, cls.masks)

    @classmethod
    def settings_of(cls, split: Split) -> dict[str, Any]:
        """Return the category ids of the data set."""
        assert isinstance(split, ObjectSplit)
        return {"category_ids": list(split.category_ids)}

    def build(self, model: str, pretrained: bool = False, **model_args: Any) -> Detector:
        """Return a `Detector` over the timm model `model`."""
        return Detector(model, len(self.classes), self.detector_settings, model_args, pretrained)

    def backbone(self, network: nn.Module) -> nn.Module:
        """Return the timm feature network of a `Detector`."""
        assert isinstance(network, Detector)
        return network.backbone

    def train_transform(
        self, preprocessing: Preprocessing, augmentation: DetectionAugmentation
    ) -> Callable[..., Any]:
        """Return random size, crop, flips and photometric distortion."""
        return detection_train_transform(preprocessing, augmentation)

    def eval_transform(self, preprocessing: Preprocessing) -> Callable[..., Any]:
        """Return a resize into the preprocessing's size; with windows, no resize."""
        return detection_eval_transform(preprocessing, resize=self.window is None)

    def losses(
        self, network: nn.Module, images: list[Tensor], targets: list[dict[str, Any]]
    ) -> dict[str, Tensor]:
        """Return classification and boxes; two-stage detectors add objectness, proposals, masks."""
        return network(images, targets)

    def infer(self, network: nn.Module, images: list[Tensor]) -> list[Found]:
        """Return the objects of each image, in its own pixels, and its ``size``."""
        detector: Any = network  # a `Detector`, or an exported one
        detector.limit(self.limits)
        if self.window is None:
            sizes = [torch.tensor(image.shape[-2:]) for image in images]
            found = run_by_size(network, images)
            return [one | {"size": size} for one, size in zip(found, sizes, strict=True)]
        nms_iou, most = self.limits.nms_iou, self.limits.max_objects
        return [
            window_objects(network, image, self.window, self.overlap, nms_iou, most)
            for image in images
        ]

    def metrics(self, detailed: bool = False) -> DetectionScores:
        """Return COCO's twelve scores of boxes, and for masks twelve more with prefix ``mask_``.

        ap (over IoU 0.5 to 0.95), ap50, ap75, ap_small, ap_medium, ap_large, ar1, ar10, ar100,
        ar_small, ar_medium, ar_large. The columns are the headline, ap50 and objects.
        """
        from cyclemlp.tasks.detection.metrics import DetectionScores

        return DetectionScores(len(self.classes), self.masks, detailed)

    def predictions(
        self, outputs: list[Found], sizes: Sequence[tuple[int, int]]
    ) -> list[DetectionPrediction]:
        """Return the objects in pixels of the original images."""
        return [
            DetectionPrediction.of(on_cpu(found), size, self._look)
            for found, size in zip(outputs, sizes, strict=True)
        ]

    def gathering(self) -> Gathering:
        """Return a writer of ``coco.json``: COCO's format with scores and own category ids."""
        return CocoFile(self.classes, self.category_ids)

    def truth(self, target: dict[str, Any]) -> DetectionPrediction:
        """Return the annotated objects without crowds."""
        return DetectionPrediction.of_target(target, self._look)
