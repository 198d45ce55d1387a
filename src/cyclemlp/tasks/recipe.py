"""What training asks a task before a network exists: the settings of its published recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Augmentation(Protocol):
    """The part of every task's augmentation settings that training itself reads."""

    @property
    def repeats(self) -> int:
        """How often a sample appears in an epoch, each time with a new augmentation."""
        ...


@dataclass(frozen=True)
class Recipe:
    """Settings of the published recipe that training uses unless the user gives others.

    Attributes:
        augmentation: type of the settings that `Task.train_transform` takes: a frozen dataclass
            whose defaults are the recipe's.
        settings: type of all settings of the task: a frozen dataclass with defaults.
        predict_settings: base class of `settings`: those that a trained network still takes.
        base_lr: learning rate, and the number of images per optimizer step that it belongs to.
        image_size: (short side, long side) in pixels; None for the backbone's own size.
        half_weights: whether a network with 16-bit weights is precise enough for the task.
    """

    augmentation: type[Augmentation]
    settings: type
    predict_settings: type
    base_lr: tuple[float, int]
    image_size: tuple[int, int] | None = None
    half_weights: bool = True
