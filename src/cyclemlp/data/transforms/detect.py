"""Pipelines of detection and instance segmentation, for images with annotated objects."""

from __future__ import annotations

from torchvision.transforms import v2

from cyclemlp.data.augmentation.detect import DetectionAugmentation
from cyclemlp.data.transforms.dense_augmentation import (
    fit_image,
    random_fit,
    random_look,
)
from cyclemlp.data.transforms.geometry import LimitedCrop
from cyclemlp.data.transforms.object_targets import DropCrowds, FitBoxes, per_object
from cyclemlp.data.transforms.pipeline import Change, Pipeline, on_image, to_input
from cyclemlp.data.transforms.preprocessing import Preprocessing


def detection_train_transform(
    preprocessing: Preprocessing, augmentation: DetectionAugmentation
) -> Pipeline:
    """Return the training pipeline: resize, crop, flips, photometric distortion.

    Crowds are dropped: they contain no single object to learn. Objects that the crop removed are
    dropped too. After a crop, boxes are recomputed from the masks, if there are masks.

    Args:
        preprocessing: its image_size is the (short, long) side that images are fitted into.
        augmentation: strengths and probabilities.

    Returns:
        A function from an image and a target, as `ObjectSplit` describes it, to ``(3, H, W)``
        float32, of any size, and the transformed target with plain tensors.
    """
    crop = [] if augmentation.crop is None else [LimitedCrop(augmentation.crop), FitBoxes()]
    return v2.Compose(
        [
            DropCrowds(),
            random_fit(preprocessing, augmentation),
            *crop,
            *random_look(preprocessing, augmentation),
            v2.ClampBoundingBoxes(),
            v2.SanitizeBoundingBoxes(augmentation.min_size, labels_getter=per_object),
            *to_input(preprocessing),
        ]
    )


def detection_eval_transform(
    preprocessing: Preprocessing, resize: bool = True, change: Change | None = None
) -> Pipeline:
    """Return the evaluation pipeline: fit into the (short, long) side, keep the aspect ratio.

    Boxes and masks keep their size, because evaluation compares at the original size, which is the
    target's ``size``.

    Args:
        preprocessing: the network's.
        resize: if false, the image keeps its size too.
        change: applied to the resized image, and not to its target.

    Returns:
        A function from an image, or an image and its target, to ``(3, H, W)`` float32, of any size,
        and the target with plain tensors.
    """
    seen = [*fit_image(preprocessing, resize), *on_image(change)]
    return v2.Compose([*seen, *to_input(preprocessing)])
