"""Settings of the published recipe of semantic segmentation."""

from __future__ import annotations

from cyclemlp.data.augmentation.segment import SegmentationAugmentation
from cyclemlp.tasks.recipe import Recipe
from cyclemlp.tasks.segmentation.settings import PredictSettings, TaskSettings

RECIPES = {
    # The learning rate is that of PVT's Semantic FPN, the size that of the recipes for ADE20K.
    "segment": Recipe(
        augmentation=SegmentationAugmentation,
        settings=TaskSettings,
        predict_settings=PredictSettings,
        base_lr=(2e-4, 32),
        image_size=(512, 2048),
    ),
}
