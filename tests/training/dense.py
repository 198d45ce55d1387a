"""Settings with which each dense task takes a few steps on generated scenes."""

from __future__ import annotations

from typing import Any

from cyclemlp.data.dense_transforms import SegmentationAugmentation
from cyclemlp.training.settings import Optim

from .conftest import TINY

COMMON: dict[str, Any] = {
    "model_args": TINY,
    "image_size": (64, 80),
    "epochs": 2,
    "batch_size": 4,
    "lr": 1e-3,
    "ema": 0.9,
    "workers": 0,
    "drop_path": 0.1,
    "optim": Optim(warmup_epochs=0),
    "accelerator": "cpu",
}
SETTINGS: dict[str, dict[str, Any]] = {
    "segment": {
        "augment": SegmentationAugmentation(crop=(48, 48)),
        "task_args": {
            "decoder_args": {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
        },
    },
}
