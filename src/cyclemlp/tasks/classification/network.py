"""The classifier: any timm model, with one output per class."""

from __future__ import annotations

from typing import Any

from torch import nn

from cyclemlp.tasks.common.backbones import create_network


def create_classifier(model: str, classes: int, **model_args: Any) -> nn.Module:
    """Create a timm model with `classes` outputs.

    Raises:
        ValueError: see `create_network`.
    """
    return create_network(model, num_classes=classes, **model_args)
