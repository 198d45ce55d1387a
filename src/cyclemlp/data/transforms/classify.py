"""Pipelines of image classification, by timm's conventions."""

from __future__ import annotations

from torchvision.transforms import v2

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.data.augmentation.colors import for_channels
from cyclemlp.data.transforms.evaluation import center_crop
from cyclemlp.data.transforms.mixing import BatchTransform, Mixer, Resizer, in_turn
from cyclemlp.data.transforms.pipeline import (
    Change,
    Pipeline,
    interpolation_mode,
    on_image,
    to_input,
)
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.rand_augment import rand_augment


def eval_transform(preprocessing: Preprocessing, change: Change | None = None) -> Pipeline:
    """Return timm's pipeline for evaluation: resize, center crop, normalize.

    Args:
        preprocessing: the network's.
        change: applied to the cropped picture.

    Returns:
        A function from an RGB image to ``(3, H, W)`` float32. A label passed with the image is
        returned unchanged.
    """
    return v2.Compose([center_crop(preprocessing), *on_image(change), *to_input(preprocessing)])


def train_transform(preprocessing: Preprocessing, augmentation: Augmentation) -> Pipeline:
    """Return the training pipeline: crop, flips, RandAugment or jitter, normalize, erasing.

    Images of other than three channels are neither jittered nor changed by RandAugment.
    It draws from the global generators of torch, Python and NumPy.

    Returns:
        A function from an RGB image to ``(3, H, W)`` float32. A label passed with the image is
        returned unchanged.

    Raises:
        ValueError: timm cannot read the RandAugment string.
    """
    augmentation = for_channels(augmentation, preprocessing.channels)
    steps: list[v2.Transform] = [
        v2.RandomResizedCrop(
            preprocessing.image_size,
            augmentation.scale,
            augmentation.ratio,
            interpolation_mode(preprocessing),
        ),
        v2.RandomHorizontalFlip(augmentation.hflip),
        v2.RandomVerticalFlip(augmentation.vflip),
    ]
    if augmentation.rand_augment is not None:
        steps.append(rand_augment(preprocessing, augmentation.rand_augment))
    elif augmentation.color_jitter:
        steps.append(v2.ColorJitter(*[augmentation.color_jitter] * 3))
    return v2.Compose([*steps, *to_input(preprocessing, augmentation.erasing)])


def mixer(augmentation: Augmentation, num_classes: int) -> BatchTransform | None:
    """Return the augmentation of whole batches: size, MixUp and CutMix; None if all are off.

    Args:
        augmentation: strengths, probabilities and sizes.
        num_classes: length of the soft targets.

    Returns:
        A function from images ``(B, 3, H, W)`` and labels ``(B,)`` to resized or mixed images, and
        labels or, with mixing, probabilities ``(B, num_classes)``; see `Resizer` and `Mixer`.
    """
    steps: list[BatchTransform] = []
    if augmentation.sizes:
        steps.append(Resizer(augmentation.sizes))
    if augmentation.mixup or augmentation.cutmix:
        probabilities = augmentation.mix_prob, augmentation.switch_prob
        steps.append(Mixer(num_classes, augmentation.mixup, augmentation.cutmix, *probabilities))
    return in_turn(steps) if steps else None
