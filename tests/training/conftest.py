"""A tiny data set and a run that takes seconds, shared by the training tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
from PIL import Image
from torch import nn

from cyclemlp.data.transforms.detect import DetectionAugmentation
from cyclemlp.data.transforms.segment import SegmentationAugmentation
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Settings
from cyclemlp.verbs.train import TrainResult, train

Run = Callable[..., TrainResult]
"""Train with `tiny_settings`, changed by keywords."""

TINY: dict[str, Any] = {"dims": [8, 16, 16, 24], "depths": [1, 1, 1, 1]}

# Settings for a short run of each dense task on the scenes, with six steps per epoch too.
_SHARED: dict[str, Any] = {"image_size": (48, 64), "batch_size": 2}
DENSE: dict[str, dict[str, Any]] = {
    "segment": _SHARED
    | {"task": "segment", "augment": SegmentationAugmentation(scale=(0.8, 1.2), crop=(48, 64))},
    "detect": _SHARED
    | {
        "task": "detect",
        "task_args": {"channels": 32},
        "augment": DetectionAugmentation(scale=(0.8, 1.2), photometric=0.5),
    },
    "instance": _SHARED
    | {
        "task": "instance",
        "task_args": {"channels": 32},
        "augment": DetectionAugmentation(scale=(0.8, 1.2), crop=(40, 56)),
    },
}


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of 32 × 32 noise in one colour each: 16 training and 5 validation images."""
    root = tmp_path_factory.mktemp("colours")
    noise = np.random.default_rng(0)
    for split, count in (("train", 16), ("val", 5)):
        for channel, name in enumerate(("blue", "green", "red")):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = noise.integers(0, 80, (32, 32, 3))
                pixels[:, :, channel] += 100
                Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    return root


def tiny_network() -> nn.Module:
    return timm.create_model("cyclemlp_nano", num_classes=3, **TINY)


def tiny_settings(images: Path, **changes: Any) -> Settings:
    """Settings of two epochs of six steps; `changes` replace the defaults."""
    defaults: dict[str, Any] = {
        "data": str(images),
        "model_args": TINY,
        "image_size": 32,
        "epochs": 2,
        "batch_size": 8,
        "lr": 1e-3,
        "ema": 0.99,
        "workers": 0,
        "optim": Optim(warmup_epochs=1),
        "accelerator": "cpu",
        "weights": None,
    }
    return Settings(**(defaults | changes))


@pytest.fixture
def tiny_run(images: Path, tmp_path: Path) -> Run:
    """Train with `tiny_settings`."""

    def run(**changes: Any) -> TrainResult:
        settings = tiny_settings(images, **({"output": str(tmp_path / "run")} | changes))
        return train(**{f.name: getattr(settings, f.name) for f in fields(settings)})

    return run


class Killed(BaseException):
    """Ends a run like a killed process: no handler of the run catches it."""


@pytest.fixture
def die_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Return a function that lets training fail before a batch of an optimizer step."""
    original = TrainingModule.training_step

    def arrange(step: int, batch: int = 0) -> None:
        seen = 0

        def training_step(self: TrainingModule, *args: Any) -> Any:
            nonlocal seen
            if self.global_step == step:
                seen += 1
                if seen > batch:
                    raise Killed
            return original(self, *args)

        monkeypatch.setattr(TrainingModule, "training_step", training_step)

    return arrange
