"""Which timm models give the feature pyramid that dense tasks need, at which image sizes."""

from __future__ import annotations

from typing import Any

import timm
import torch

from cyclemlp.tasks.common.backbones import require_model

STRIDES = (4, 8, 16, 32)
"""Strides of the feature maps that dense tasks use, finest first."""


def check_pyramid(model: str) -> None:
    """Check that a timm model gives feature maps of all `STRIDES`.

    Raises:
        ValueError: timm has no such model, or the model gives other strides.
    """
    strides = feature_strides(model)
    if not set(STRIDES) <= set(strides):
        raise ValueError(
            f"dense tasks need feature maps of strides 4, 8, 16 and 32, and {model!r} gives "
            f"{', '.join(map(str, strides)) or 'none'}; choose a pyramid such as cyclemlp_b1, "
            "resnet50 or swin_tiny_patch4_window7_224"
        )


def feature_strides(model: str) -> list[int]:
    """Return the strides of a timm model's feature maps, finest first; empty if it has none.

    Raises:
        ValueError: timm has no such model.
    """
    require_model(model)
    try:
        with torch.device("meta"):
            features: Any = timm.create_model(model, features_only=True)
            return features.feature_info.reduction()
    except (AttributeError, RuntimeError, NotImplementedError):  # timm's for unsupported models
        return []


def any_size_args(model: str) -> dict[str, Any]:
    """Return the constructor arguments that let a timm model take images of any size."""
    # Swin needs this argument; most models neither have nor need it.
    open_sizes: dict[str, Any] = {"strict_img_size": False}
    try:
        with torch.device("meta"):
            timm.create_model(model, **open_sizes)
    except TypeError:
        return {}
    return open_sizes
