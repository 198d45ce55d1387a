"""Augmentation steps that segmentation and detection share."""

from __future__ import annotations

from functools import partial

from torchvision.transforms import v2

from cyclemlp.data.augmentation.dense import DenseAugmentation
from cyclemlp.data.transforms.geometry import FitWithin
from cyclemlp.data.transforms.photometric import photometric_distortion
from cyclemlp.data.transforms.pipeline import OnImage, interpolation_mode
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.resizing import fit_within


def random_fit(preprocessing: Preprocessing, augmentation: DenseAugmentation) -> v2.Transform:
    """Return the step that resizes an image and its target to a random size."""
    return FitWithin(
        preprocessing.image_size,
        interpolation_mode(preprocessing),
        augmentation.scale,
        augmentation.short_sides,
    )


def random_look(augmentation: DenseAugmentation) -> list[v2.Transform]:
    """Return the steps after resizing and cropping: flips and photometric distortion."""
    return [
        v2.RandomHorizontalFlip(augmentation.hflip),
        v2.RandomVerticalFlip(augmentation.vflip),
        *photometric_distortion(augmentation.photometric),
    ]


def fit_image(preprocessing: Preprocessing, resize: bool) -> list[v2.Transform]:
    """Return the step that fits the image, and not its target; empty without `resize`."""
    fit = partial(fit_within, preprocessing=preprocessing)
    return [OnImage(fit)] if resize else []
