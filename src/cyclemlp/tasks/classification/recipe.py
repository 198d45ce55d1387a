"""Settings of the published recipe of classification."""

from __future__ import annotations

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.tasks.classification.settings import PredictSettings, TaskSettings
from cyclemlp.tasks.recipe import Recipe

RECIPES = {
    "classify": Recipe(
        augmentation=Augmentation,
        settings=TaskSettings,
        predict_settings=PredictSettings,
        base_lr=(5e-4, 512),  # of the released code, which is DeiT's
    ),
}
