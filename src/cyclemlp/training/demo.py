"""The networks that the demo trains: data, recipes and goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.data.augmentation.detect import DetectionAugmentation
from cyclemlp.data.augmentation.segment import SegmentationAugmentation
from cyclemlp.data.generated.digits import write_digits
from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.training.settings.optim import Optim


@dataclass(frozen=True)
class Part:
    """One task of the demo: its data, its recipe and its goal.

    Attributes:
        title: description of the metric.
        task: name of the task, see `cyclemlp.tasks`.
        data: name of the data set's folder.
        write: writes the data set to a folder.
        pictures: pattern of the held-out images, relative to the data set's folder.
        figure: the metric on held-out images that must reach `goal`.
        goal: a fraction.
        other_sizes: sizes to evaluate at, sides of squares in pixels. Training uses none of them;
            in dense tasks they are outside the range of training scales.
        recipe: further arguments of `cyclemlp.train`.
        start: the task whose backbone this part starts from; "" for none.
    """

    title: str
    task: str
    data: str
    write: Callable[[Path], Path]
    pictures: str
    figure: str
    goal: float
    other_sizes: tuple[int, ...]
    recipe: dict[str, Any] = field(default_factory=dict)
    start: str = ""


# Digits are not mirrored, and a crop must show most of a digit. The last feature maps are small
# (2 x 2 at 64 px), so that a network works only near its training sizes: training uses several.
_DIGITS = Part(
    "held-out digits right",
    "classify",
    "digits",
    write_digits,
    "val/*/*",
    "top1",
    0.97,
    (44, 60),
    {
        "image_size": 48,
        "crop_pct": 1.0,
        "epochs": 24,
        "batch_size": 32,
        "lr": 2e-3,
        "ema": 0.99,
        "optim": Optim(warmup_epochs=2),
        "augment": Augmentation(scale=(0.5, 1.0), hflip=0.0, sizes=(32, 40, 48, 56, 64)),
    },
)
_SEGMENTS = Part(
    "mean IoU of held-out scenes",
    "segment",
    "scenes",
    write_scenes,
    "images/val/*",
    "miou",
    0.7,
    (80, 280),
    {
        "image_size": (128, 160),
        "epochs": 14,
        "batch_size": 8,
        "lr": 3e-3,
        "ema": 0.97,
        "optim": Optim(schedule="poly", warmup_epochs=1),
        "augment": SegmentationAugmentation(scale=(0.6, 1.6), crop=(96, 96)),
        "task_args": {
            "decoder_args": {"decoder_pyramid_channels": 64, "decoder_segmentation_channels": 64}
        },
    },
)
# A two-stage detector needs fewer steps than a one-stage detector, and still fewer if its backbone
# was trained on the same scenes.
_OBJECTS = Part(
    "AP50 on held-out scenes",
    "detect",
    "scenes",
    write_scenes,
    "images/val/*",
    "ap50",
    0.7,
    (96, 240),
    {
        "image_size": (128, 160),
        "epochs": 9,
        "batch_size": 4,
        "lr": 2e-3,
        "ema": 0.98,
        "clip_grad": 10.0,
        "optim": Optim(warmup_epochs=0.5),
        "augment": DetectionAugmentation(scale=(0.8, 1.25)),
        "task_args": {
            "detector": "faster_rcnn",
            "channels": 64,
            "group_norm": True,
            "regions": 64,
            "anchor_scale": 0.7,
        },
    },
    start="segment",
)
PARTS = (_DIGITS, _SEGMENTS, _OBJECTS)
