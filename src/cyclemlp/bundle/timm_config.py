"""Keys of ``config.json`` with which timm and transformers load a classifier's bundle."""

from __future__ import annotations

from typing import Any

from cyclemlp.bundle.config import BundleConfig


def is_timm_model(config: BundleConfig) -> bool:
    """Return whether a bundle's weights are those of a timm model, as a classifier's are."""
    return config.task == "classify"


def timm_keys(config: BundleConfig) -> dict[str, Any]:
    """Return what `timm.models.load_model_config_from_path` reads beside the bundle's own keys.

    transformers recognizes timm's models by ``pretrained_cfg``. Other tasks have none, because
    their networks hold a timm model inside.
    """
    if not is_timm_model(config):
        return {}
    preprocessing = config.preprocessing
    return {
        "num_classes": len(config.classes),
        "label_names": list(config.classes),
        "pretrained_cfg": {
            "input_size": [preprocessing.channels, *preprocessing.image_size],
            "interpolation": preprocessing.interpolation,
            "crop_pct": preprocessing.crop_pct,
            "mean": list(preprocessing.mean),
            "std": list(preprocessing.std),
        },
    }
