"""Pipelines for pictures with index masks or objects, which move with them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from PIL import Image
from torchvision.transforms import v2
from torchvision.tv_tensors import Mask

from cyclemlp.data.layouts.class_table import ignore_index
from cyclemlp.data.transforms.classify import (
    OnPicture,
    Pipeline,
    Preprocessing,
    interpolation_mode,
    to_input,
)
from cyclemlp.data.transforms.geometry import (
    DropCrowds,
    FitBoxes,
    FitWithin,
    LimitedCrop,
    PadTo,
    fill_of,
    per_object,
)

# class numbers index the loss: whole numbers of 64 bits, whatever the mask's file has
_NUMBERS = v2.ToDtype({Mask: torch.int64, "others": None})

_BRIGHTNESS = 32  # of 255, at most added or taken away


@dataclass(frozen=True)
class DenseAugmentation:
    """How training pictures are varied together with their masks or boxes: what tasks share.

    A picture is first fitted into the preprocessing's size, which is (short side, long side) here
    as in the published recipes: 512, 2048 for ADE20K and 800, 1333 for COCO.

    Args:
        scale: range of a factor on the fitted size.
        short_sides: short sides to draw from instead of the preprocessing's, e.g. 480, 512, …, 800
            (DETR's and Swin's multi-scale training); empty for none.
        crop: (height, width) cut out at random, in pixels; what is missing is filled. None for no
            crop.
        hflip: probability of a horizontal flip.
        vflip: probability of a vertical flip.
        photometric: probability of each change of brightness (an eighth of the range, added),
            contrast and saturation (a half) and hue (a tenth of the circle).
        repeats: how often a picture is in an epoch, each time varied anew.

    Raises:
        ValueError: a value is out of range.
    """

    scale: tuple[float, float] = (1.0, 1.0)
    short_sides: tuple[int, ...] = ()
    crop: tuple[int, int] | None = None
    hflip: float = 0.5
    vflip: float = 0.0
    photometric: float = 0.0
    repeats: int = 1

    def __post_init__(self) -> None:
        for name in ("scale", "short_sides", "crop"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else tuple(value))
        for name in ("hflip", "vflip", "photometric"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"augment.{name} is in 0..1, got {getattr(self, name)}")
        low, high = self.scale
        if not 0 < low <= high:
            raise ValueError(f"augment.scale is (low, high), above 0, got {low}, {high}")
        if self.crop is not None and (len(self.crop) != 2 or min(self.crop) < 1):
            raise ValueError(f"augment.crop is (height, width) in pixels, got {self.crop}")
        if min(self.short_sides, default=1) < 1 or self.repeats < 1:
            raise ValueError(
                "augment.short_sides and augment.repeats are at least 1, got "
                f"{self.short_sides}, {self.repeats}"
            )


@dataclass(frozen=True)
class SegmentationAugmentation(DenseAugmentation):
    """By default as in PVT's Semantic FPN and Swin's UPerNet (mmsegmentation's recipes).

    Scale 0.5 to 2, a crop of 512 in which no class has more than 0.75, flip, photometric
    distortion. What the crop lacks is ignored.

    Args:
        max_share: largest share of a class in a crop, by ten tries; 1 for no limit.

    Raises:
        ValueError: a value is out of range.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    crop: tuple[int, int] | None = (512, 512)
    photometric: float = 0.5
    max_share: float = 0.75

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.max_share <= 1:
            raise ValueError(f"augment.max_share is above 0 and at most 1, got {self.max_share}")


@dataclass(frozen=True)
class DetectionAugmentation(DenseAugmentation):
    """By default as in PVT's RetinaNet and Mask R-CNN 1x (mmdetection's recipes): size and flip.

    With a crop and a wide scale it is large-scale jitter (Ghiasi et al., CVPR 2021).

    Args:
        min_size: objects whose box's side falls below this, in pixels, are dropped; at least 1.

    Raises:
        ValueError: a value is out of range.
    """

    min_size: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_size < 1:
            raise ValueError(f"augment.min_size is at least 1, got {self.min_size}")


def segmentation_train_transform(
    preprocessing: Preprocessing, augmentation: SegmentationAugmentation, num_classes: int
) -> Pipeline:
    """Scale, crop with a limit on one class's share, flips, photometric distortion, padding.

    Args:
        preprocessing: its image_size is the (short, long) side that pictures are fitted into.
        augmentation: strengths.
        num_classes: tells the ignore index.

    Returns:
        From picture and `Mask` to ``(3, H, W)`` float32 and ``(H, W)`` int64; with a crop all of
        its size.
    """
    ignored = ignore_index(num_classes)
    steps: list[v2.Transform] = [_fit(preprocessing, augmentation)]
    if augmentation.crop is not None:
        steps.append(LimitedCrop(augmentation.crop, augmentation.max_share, ignored))
    steps += [*_flips(augmentation), *_photometric(augmentation.photometric)]
    if augmentation.crop is not None:
        steps.append(PadTo(augmentation.crop, fill_of(preprocessing.mean, ignored)))
    return v2.Compose([*steps, _NUMBERS, *to_input(preprocessing)])


def detection_train_transform(
    preprocessing: Preprocessing, augmentation: DetectionAugmentation
) -> Pipeline:
    """Resize by short and long side, crop, flips, photometric distortion; lost objects go.

    Crowds are left out: there is no single object in them to learn. After a crop, boxes are drawn
    anew around the masks where there are some.

    Returns:
        From picture and a target of `ObjectSplit` to ``(3, H, W)`` float32, of any size, and the
        target with its boxes and masks moved along, as plain tensors.
    """
    crop = [] if augmentation.crop is None else [LimitedCrop(augmentation.crop), FitBoxes()]
    return v2.Compose(
        [
            DropCrowds(),
            _fit(preprocessing, augmentation),
            *crop,
            *_flips(augmentation),
            *_photometric(augmentation.photometric),
            v2.ClampBoundingBoxes(),
            v2.SanitizeBoundingBoxes(augmentation.min_size, labels_getter=per_object),
            *to_input(preprocessing),
        ]
    )


def segmentation_eval_transform(preprocessing: Preprocessing, resize: bool = True) -> Pipeline:
    """Fit the picture into the preprocessing's (short, long) side, keeping its shape.

    The mask stays at the original size, where evaluation compares.

    Args:
        preprocessing: of the network.
        resize: without it the picture keeps its size too.

    Returns:
        From a picture, or picture and `Mask`, to ``(3, H, W)`` float32, of any size, and the mask
        as ``(H, W)`` int64.
    """
    fit = [_fit_picture(preprocessing)] if resize else []
    return v2.Compose([*fit, _NUMBERS, *to_input(preprocessing)])


def detection_eval_transform(preprocessing: Preprocessing, resize: bool = True) -> Pipeline:
    """Fit the picture into the preprocessing's (short, long) side, keeping its shape.

    Boxes and masks stay at the original size, where evaluation compares; a target's ``size`` tells
    it.

    Args:
        preprocessing: of the network.
        resize: without it the picture keeps its size too.

    Returns:
        From a picture, or picture and target, to ``(3, H, W)`` float32, of any size, and the
        target as plain tensors.
    """
    fit = [_fit_picture(preprocessing)] if resize else []
    return v2.Compose([*fit, *to_input(preprocessing)])


def _fit(preprocessing: Preprocessing, augmentation: DenseAugmentation) -> FitWithin:
    return FitWithin(
        preprocessing.image_size,
        interpolation_mode(preprocessing),
        augmentation.scale,
        augmentation.short_sides,
    )


def _fit_picture(preprocessing: Preprocessing) -> v2.Transform:
    return OnPicture(FitWithin(preprocessing.image_size, interpolation_mode(preprocessing)))


def _flips(augmentation: DenseAugmentation) -> list[v2.Transform]:
    return [
        v2.RandomHorizontalFlip(augmentation.hflip),
        v2.RandomVerticalFlip(augmentation.vflip),
    ]


def _photometric(p: float) -> list[v2.Transform]:
    """SSD's distortion (Liu et al., ECCV 2016) in mmsegmentation's strengths.

    torchvision's own also permutes the channels, which these recipes do not, and its brightness
    multiplies, which leaves dark pixels dark.
    """
    changes = (
        OnPicture(_brightened),
        v2.ColorJitter(contrast=0.5),
        v2.ColorJitter(saturation=0.5),
        v2.ColorJitter(hue=0.1),
    )
    return [v2.RandomApply([change], p) for change in changes] if p else []


def _brightened(image: Image.Image) -> Image.Image:
    """An 8-bit picture with one number added to all its values, which stay in 0..255."""
    change = _BRIGHTNESS * (2 * float(torch.rand(())) - 1)
    table = [min(max(round(value + change), 0), 255) for value in range(256)]
    return image.point(table * len(image.getbands()))
