"""Settings of detectors, checked when they are created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cyclemlp.tasks.common.windows import check_windows


@dataclass(frozen=True)
class DetectorSettings:
    """What shapes a detection network.

    Attributes:
        detector: ``"retinanet"`` (Lin et al., ICCV 2017), ``"faster_rcnn"`` (Ren et al., NeurIPS
            2015) or ``"mask_rcnn"`` (He et al., ICCV 2017).
        channels: width of the feature pyramid and the heads, a multiple of 32.
        anchor_scale: factor on the sides of the anchors, which are 32 to 512 pixels of the input
            (RetinaNet: 32 to 813); below 1 for smaller objects.
        group_norm: whether the convolutions of pyramid and heads have group norms, with which
            training takes hundreds of steps instead of tens of thousands. The box head of a
            two-stage detector then also has four convolutions before its linear layer.
        regions: number of regions per image from which the second of two stages learns; predictions
            use twice as many, at most 1000. Fewer are faster.

    Raises:
        ValueError: a setting is out of range.
    """

    detector: str = "retinanet"
    channels: int = 256
    anchor_scale: float = 1.0
    group_norm: bool = False
    regions: int = 512

    def __post_init__(self) -> None:
        if self.channels < 32 or self.channels % 32:
            raise ValueError(f"channels must be a multiple of 32, got {self.channels}")
        if self.anchor_scale <= 0:
            raise ValueError(f"anchor_scale must be above 0, got {self.anchor_scale}")
        if self.regions < 1:
            raise ValueError(f"regions must be at least 1, got {self.regions}")


@dataclass(frozen=True)
class Limits:
    """Which objects a prediction holds.

    Attributes:
        min_score: objects with a lower score are dropped.
        nms_iou: if two boxes of a class overlap by more than this IoU, the one with the lower
            score is dropped.
        max_objects: maximum number of objects per image.

    Raises:
        ValueError: a limit is out of range.
    """

    min_score: float = 0.05
    nms_iou: float = 0.5
    max_objects: int = 100

    def __post_init__(self) -> None:
        check_share("min_score", self.min_score)
        check_share("nms_iou", self.nms_iou)
        if self.max_objects < 1:
            raise ValueError(f"max_objects must be at least 1, got {self.max_objects}")


@dataclass(frozen=True)
class PredictSettings:
    """Settings of a trained detector.

    Args:
        min_score: objects with a lower score are dropped.
        max_objects: maximum number of objects per image.
        nms_iou: if two boxes of a class overlap by more than this IoU, the one with the lower score
            is dropped.
        score_threshold: objects with a lower score are neither drawn, nor counted in text, nor in
            the JSON of a prediction; ``coco.json`` and evaluation have all from `min_score`. By
            default the threshold of the best F1 in validation, which the bundle keeps; without a
            validation 0.3.
        window: side of the overlapping windows in which an image is predicted at its original
            size, in pixels, with bounded memory; by default the whole resized image is predicted.
        overlap: minimum share that neighbouring windows have in common; objects up to that size are
            entirely inside one of them.

    Raises:
        ValueError: a setting is out of range.
    """

    min_score: float = 0.05
    max_objects: int = 100
    nms_iou: float = 0.5
    score_threshold: float | None = None
    window: int | None = None
    overlap: float = 0.25

    def __post_init__(self) -> None:
        Limits(self.min_score, self.nms_iou, self.max_objects)
        if self.score_threshold is not None:
            check_share("score_threshold", self.score_threshold)
        check_windows(self.window, self.overlap)


@dataclass(frozen=True)
class TaskSettings(PredictSettings):
    """All settings of detection and instance segmentation.

    Args:
        detector: retinanet or faster_rcnn to detect, mask_rcnn for instances; by default the first
            of the task's.
        channels: width of the feature pyramid and the heads, a multiple of 32.
        anchor_scale: factor on the sides of the anchors, which are 32 to 512 pixels of the input
            (RetinaNet: 32 to 813); below 1 for smaller objects.
        group_norm: whether the convolutions of pyramid and heads have group norms, with which
            training takes hundreds of steps instead of tens of thousands.
        regions: number of regions per image from which the second of two stages learns; fewer are
            faster.
        category_ids: the data set's category id of each class, for COCO's JSON; by default those
            of the data set.

    Raises:
        ValueError: a setting is out of range.
    """

    detector: str | None = None
    channels: int = 256
    anchor_scale: float = 1.0
    group_norm: bool = False
    regions: int = 512
    category_ids: Sequence[int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        DetectorSettings("", self.channels, self.anchor_scale, self.group_norm, self.regions)


def check_share(name: str, value: float) -> None:
    """Check that a setting is in 0..1.

    Raises:
        ValueError: it is not.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be in 0..1, got {value}")


def choose_detector(task: str, detectors: Sequence[str], asked: str | None) -> str:
    """Return the detector that the user asked for, or the first of the task's.

    Raises:
        ValueError: the task has no such detector.
    """
    if asked is not None and asked not in detectors:
        raise ValueError(f"task {task!r} has the detectors {', '.join(detectors)}; got {asked!r}")
    return asked or detectors[0]
