"""Settings of the published recipes of detection and instance segmentation."""

from __future__ import annotations

from cyclemlp.data.augmentation.detect import DetectionAugmentation
from cyclemlp.tasks.detection.settings import PredictSettings, TaskSettings
from cyclemlp.tasks.recipe import Recipe

_SIZE = (800, 1333)  # of the published recipes for COCO


def _recipe(lr: float) -> Recipe:
    return Recipe(
        augmentation=DetectionAugmentation,
        settings=TaskSettings,
        predict_settings=PredictSettings,
        base_lr=(lr, 16),
        image_size=_SIZE,
        half_weights=False,  # 8 bits of bfloat16 locate a box in 1000 pixels to within four
    )


RECIPES = {
    "detect": _recipe(1e-4),  # of RetinaNet
    "instance": _recipe(2e-4),  # of Mask R-CNN
}
"""PVT's, by the task's name."""
