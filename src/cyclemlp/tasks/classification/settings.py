"""Settings of classification, without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PredictSettings:
    """Settings of a trained classifier.

    Args:
        top_k: number of classes in a prediction, at least 1; at most all classes are given.

    Raises:
        ValueError: a setting is out of range.
    """

    top_k: int = 5

    def __post_init__(self) -> None:
        if self.top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {self.top_k}")


@dataclass(frozen=True)
class TaskSettings(PredictSettings):
    """All settings of classification.

    Args:
        label_smoothing: share of each target spread evenly over all classes, in [0, 1).

    Raises:
        ValueError: a setting is out of range.
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(
                f"label_smoothing must be at least 0 and below 1, got {self.label_smoothing}"
            )
