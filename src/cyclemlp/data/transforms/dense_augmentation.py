"""Augmentation steps that segmentation and detection share."""

from __future__ import annotations

from torchvision.transforms import v2

from cyclemlp.data.augmentation.colors import for_channels
from cyclemlp.data.augmentation.dense import DenseAugmentation
from cyclemlp.data.transforms.evaluation import fit_within
from cyclemlp.data.transforms.geometry import FitWithin
from cyclemlp.data.transforms.photometric import photometric_distortion
from cyclemlp.data.transforms.pipeline import interpolation_mode
from cyclemlp.data.transforms.preprocessing import Preprocessing


def random_fit(preprocessing: Preprocessing, augmentation: DenseAugmentation) -> v2.Transform:
    """Return the step that resizes an image and its target to a random size."""
    return FitWithin(
        preprocessing.image_size,
        interpolation_mode(preprocessing),
        augmentation.scale,
        augmentation.short_sides,
    )


def random_look(
    preprocessing: Preprocessing, augmentation: DenseAugmentation
) -> list[v2.Transform]:
    """Return the steps after resizing and cropping: flips and, of RGB, photometric distortion."""
    augmentation = for_channels(augmentation, preprocessing.channels)
    return [
        v2.RandomHorizontalFlip(augmentation.hflip),
        v2.RandomVerticalFlip(augmentation.vflip),
        *photometric_distortion(augmentation.photometric),
    ]


def fit_image(preprocessing: Preprocessing, resize: bool) -> list[v2.Transform]:
    """Return the step that fits the image, and not its target; empty without `resize`."""
    return [fit_within(preprocessing)] if resize else []
