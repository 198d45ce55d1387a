"""Settings of segmentation, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cyclemlp.tasks.common.windows import check_windows


@dataclass(frozen=True)
class PredictSettings:
    """Settings of a trained segmentation network.

    Args:
        window: side of the overlapping windows in which an image is predicted at its original
            size, in pixels, with bounded memory; by default the whole resized image is predicted.
        overlap: minimum share that neighbouring windows have in common.
        scales: factors on the image's size whose probabilities are averaged.
        flip: whether the mirrored image's probabilities are averaged too.

    Raises:
        ValueError: a setting is out of range.
    """

    window: int | None = None
    overlap: float = 1 / 3
    scales: float | Sequence[float] = (1.0,)
    flip: bool = False

    def __post_init__(self) -> None:
        check_windows(self.window, self.overlap)


@dataclass(frozen=True)
class TaskSettings(PredictSettings):
    """All settings of segmentation.

    Args:
        decoder: ``fpn`` (Semantic FPN), ``upernet`` or another decoder of
            segmentation_models_pytorch.
        decoder_args: constructor arguments of the decoder.
        auxiliary: weight of an auxiliary head's cross-entropy; 0 for no such head.
        cross_entropy: weight of the cross-entropy.
        dice: weight of the Dice loss.
        lovasz: weight of the Lovász-softmax loss.
        class_weights: of each class in the cross-entropy; by default equal.

    Raises:
        ValueError: a setting is out of range.
    """

    decoder: str = "fpn"
    decoder_args: dict[str, Any] = field(default_factory=dict)
    auxiliary: float = 0.0
    cross_entropy: float = 1.0
    dice: float = 0.0
    lovasz: float = 0.0
    class_weights: Sequence[float] | None = None
