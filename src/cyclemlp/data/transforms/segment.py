"""Pipelines of semantic segmentation, for images with index masks."""

from __future__ import annotations

from math import ceil

import torch
from torchvision.transforms import v2
from torchvision.tv_tensors import Mask

from cyclemlp.data.augmentation.segment import SegmentationAugmentation
from cyclemlp.data.labels import ignore_index
from cyclemlp.data.transforms.dense_augmentation import (
    fit_image,
    random_fit,
    random_look,
)
from cyclemlp.data.transforms.geometry import LimitedCrop, PadTo, fill_of
from cyclemlp.data.transforms.pipeline import Change, Pipeline, on_image, to_input
from cyclemlp.data.transforms.preprocessing import Preprocessing

_SMALLEST = 128  # pixels; decoders need feature maps of several positions
# torch's losses take int64 labels; mask files have smaller types
_TO_INT64 = v2.ToDtype({Mask: torch.int64, "others": None})


def segmentation_train_transform(
    preprocessing: Preprocessing, augmentation: SegmentationAugmentation, num_classes: int
) -> Pipeline:
    """Return the training pipeline: scale, crop, flips, photometric distortion, padding.

    Args:
        preprocessing: its image_size is the (short, long) side that images are fitted into.
        augmentation: strengths and probabilities.
        num_classes: determines the ignore index.

    Returns:
        A function from an image and its `Mask` to ``(3, H, W)`` float32 and ``(H, W)`` int64. With
        a crop, all have its size; a crop larger than any image is as large as the largest one.
    """
    ignored = ignore_index(num_classes)
    steps: list[v2.Transform] = [random_fit(preprocessing, augmentation)]
    crop = _crop(preprocessing, augmentation)
    if crop is not None:
        steps.append(LimitedCrop(crop, augmentation.max_share, ignored))
    steps += random_look(preprocessing, augmentation)
    if crop is not None:
        steps.append(PadTo(crop, fill_of(preprocessing.mean, ignored)))
    return v2.Compose([*steps, _TO_INT64, *to_input(preprocessing)])


def _crop(
    preprocessing: Preprocessing, augmentation: SegmentationAugmentation
) -> tuple[int, int] | None:
    """Return the crop without what would be padding in every image."""
    if augmentation.crop is None:
        return None
    largest = max(_SMALLEST, ceil(max(preprocessing.image_size) * augmentation.scale[1]))
    height, width = augmentation.crop
    return min(height, largest), min(width, largest)


def segmentation_eval_transform(
    preprocessing: Preprocessing, resize: bool = True, change: Change | None = None
) -> Pipeline:
    """Return the evaluation pipeline: fit into the (short, long) side, keep the aspect ratio.

    The mask keeps its size, because evaluation compares at the original size.

    Args:
        preprocessing: the network's.
        resize: if false, the image keeps its size too.
        change: applied to the resized image, and not to its target.

    Returns:
        A function from an image, or an image and its `Mask`, to ``(3, H, W)`` float32, of any size,
        and the mask as ``(H, W)`` int64.
    """
    seen = [*fit_image(preprocessing, resize), *on_image(change)]
    return v2.Compose([*seen, _TO_INT64, *to_input(preprocessing)])
