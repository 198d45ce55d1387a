"""Steps that the v2 pipelines of all tasks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2
from typing_extensions import override

from cyclemlp.data.transforms.preprocessing import Preprocessing

Pipeline = Callable[..., Any]
"""Takes an image, or an image and its target, and returns the same as tensors."""


Change = Callable[[Image.Image], Image.Image]
"""Takes an RGB picture and returns another one of its size, e.g. a corrupted one."""


class OnImage(v2.Transform):
    """A step that applies a function to the image only; the target is unchanged.

    Args:
        function: of a PIL image; of a `tv_tensors.Image` if the pipeline is for other than RGB.
    """

    _transformed_types = (Image.Image, tv_tensors.Image)

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    @override
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return self.function(inpt)


def on_image(change: Change | None) -> list[v2.Transform]:
    """Return the step that changes the picture before it is normalized; none without a change."""
    return [] if change is None else [OnImage(change)]


def interpolation_mode(preprocessing: Preprocessing) -> InterpolationMode:
    """Return the preprocessing's interpolation as torchvision's enumeration.

    torchvision has no Lanczos filter for tensors, which images of other than three channels are;
    bicubic takes its place.
    """
    mode = InterpolationMode(preprocessing.interpolation)
    if mode is InterpolationMode.LANCZOS and preprocessing.channels != 3:
        return InterpolationMode.BICUBIC
    return mode


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
