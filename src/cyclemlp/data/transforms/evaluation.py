"""The first step of evaluation: an image, RGB or of other channels, to the network's size."""

from __future__ import annotations

from functools import partial
from typing import Any

from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from cyclemlp.data.transforms import resizing
from cyclemlp.data.transforms.pipeline import OnImage, interpolation_mode
from cyclemlp.data.transforms.preprocessing import Preprocessing


def center_crop(preprocessing: Preprocessing) -> v2.Transform:
    """Return the step of classification: resize and crop; see `resizing.center_crop`."""
    return OnImage(partial(_center_crop, preprocessing=preprocessing))


def fit_within(preprocessing: Preprocessing) -> v2.Transform:
    """Return the step of dense tasks: fit the image, and not its target, into the size."""
    return OnImage(partial(_fit_within, preprocessing=preprocessing))


def _center_crop(picture: Any, preprocessing: Preprocessing) -> Any:
    if isinstance(picture, Image.Image):
        return resizing.center_crop(picture, preprocessing)
    height, width = picture.shape[-2:]
    resized = _resized(
        picture, resizing.size_before_crop((height, width), preprocessing), preprocessing
    )
    return F.center_crop(resized, list(preprocessing.image_size))


def _fit_within(picture: Any, preprocessing: Preprocessing) -> Any:
    if isinstance(picture, Image.Image):
        return resizing.fit_within(picture, preprocessing)
    height, width = picture.shape[-2:]
    return _resized(picture, resizing.fitted_size((height, width), preprocessing), preprocessing)


def _resized(picture: Any, size: tuple[int, int], preprocessing: Preprocessing) -> Any:
    return F.resize(picture, list(size), interpolation_mode(preprocessing), antialias=True)
