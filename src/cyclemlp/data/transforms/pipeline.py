"""Steps that the v2 pipelines of all tasks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torchvision.transforms import InterpolationMode, v2
from typing_extensions import override

from cyclemlp.data.transforms.preprocessing import Preprocessing

Pipeline = Callable[..., Any]
"""Takes an image, or an image and its target, and returns the same as tensors."""


class OnImage(v2.Transform):
    """A step that applies a function to the PIL image only; the target is unchanged."""

    _transformed_types = (Image.Image,)

    def __init__(self, function: Callable[[Image.Image], Image.Image]) -> None:
        super().__init__()
        self.function = function

    @override
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return self.function(inpt)


def interpolation_mode(preprocessing: Preprocessing) -> InterpolationMode:
    """Return the preprocessing's interpolation as torchvision's enumeration."""
    return InterpolationMode(preprocessing.interpolation)


def to_input(preprocessing: Preprocessing, erasing: float = 0.0) -> list[v2.Transform]:
    """Return the last steps of a pipeline: to float32, normalize, erase, to plain tensors.

    Args:
        preprocessing: gives mean and standard deviation.
        erasing: probability of random erasing.
    """
    steps: list[v2.Transform] = [
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(list(preprocessing.mean), list(preprocessing.std)),
    ]
    if erasing:
        # area and aspect ratio are timm's; the noise has the normalized images' mean and variance
        value: Any = "random"  # documented by torchvision, missing in its type annotation
        steps.append(v2.RandomErasing(erasing, (0.02, 1 / 3), (0.3, 1 / 0.3), value=value))
    return [*steps, v2.ToPureTensor()]
