"""What object detection and instance segmentation share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from math import floor, isfinite, nan
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from cyclemlp.data.augmentation.detect import DetectionAugmentation
from cyclemlp.data.colors import Color
from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.detect import (
    detection_eval_transform,
    detection_train_transform,
)
from cyclemlp.data.transforms.pipeline import Change
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.dense import DenseTask
from cyclemlp.tasks.common.same_size import run_by_size
from cyclemlp.tasks.detection.coco_file import CocoFile, complete_ids
from cyclemlp.tasks.detection.found import Found, on_cpu
from cyclemlp.tasks.detection.network import Detector
from cyclemlp.tasks.detection.prediction import DEFAULT_THRESHOLD, DetectionPrediction, Look
from cyclemlp.tasks.detection.settings import (
    DetectorSettings,
    Limits,
    TaskSettings,
    choose_detector,
)
from cyclemlp.tasks.detection.windows import window_objects
from cyclemlp.tasks.prediction import Gathering

if TYPE_CHECKING:
    from cyclemlp.tasks.detection.metrics import DetectionScores

_LEAST_F1 = 0.1  # from which the threshold of the best F1 means something


class ObjectTask(DenseTask):
    """Base class of tasks that find objects with torchvision's detectors over a timm pyramid.

    Args:
        classes: class names, in the order of the labels.
        colors: of each class; by default a palette of distinct colours.
        **settings: see `TaskSettings`.

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
        **settings: Any,
    ) -> None:
        chosen = TaskSettings(**settings)
        super().__init__(classes, colors=colors, window=chosen.window, overlap=chosen.overlap)
        self.detector_settings = DetectorSettings(
            choose_detector(self.name, self.detectors, chosen.detector),
            chosen.channels,
            chosen.anchor_scale,
            chosen.group_norm,
            chosen.regions,
        )
        self.limits = Limits(chosen.min_score, chosen.nms_iou, chosen.max_objects)
        self.category_ids = complete_ids(chosen.category_ids, len(self.classes))
        self.score_threshold = given = chosen.score_threshold
        self._look = Look(self.classes, self.colors, DEFAULT_THRESHOLD if given is None else given)

    @property
    def threshold(self) -> float:
        """The score from which objects are shown."""
        return self._look.threshold

    @property
    def network_settings(self) -> dict[str, Any]:
        """Detector, widths, anchors and category ids; and limits and score threshold if given.

        With the limits of the validation, evaluating a bundle gives the scores of its training.
        """
        settings = asdict(self.detector_settings) | {"category_ids": list(self.category_ids)}
        usual = asdict(Limits())
        limits = {key: own for key, own in asdict(self.limits).items() if own != usual[key]}
        given = {} if self.score_threshold is None else {"score_threshold": self.score_threshold}
        return settings | limits | given

    def validated_settings(self, scores: Mapping[str, float]) -> dict[str, Any]:
        """Return the threshold of the best F1, unless the user gave one or little was found.

        The best F1 of a network that has hardly learned comes from hundreds of false objects.
        """
        prefix = "mask_" if self.masks else ""
        best = scores.get(f"{prefix}f1_threshold", nan)
        found = isfinite(best) and scores.get(f"{prefix}f1", 0.0) >= _LEAST_F1
        if self.score_threshold is not None or not found:
            return {}
        # Rounded down: the object that set it is shown in spite of rounding errors, too.
        return {"score_threshold": floor(1000 * best) / 1000}

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

    def eval_transform(
        self, preprocessing: Preprocessing, change: Change | None = None
    ) -> Callable[..., Any]:
        """Return a resize into the preprocessing's size; with windows, no resize."""
        return detection_eval_transform(preprocessing, self.window is None, change)

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
        ar_small, ar_medium, ar_large. Then the best f1 at IoU 0.5 and its f1_threshold, with the
        same prefixes. The columns are the headline, ap50 and objects.
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
