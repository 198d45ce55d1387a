"""From a picture to the network's input: torchvision v2 pipelines, by timm's conventions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2
from typing_extensions import override

from cyclemlp.data.transforms.mixing import Mixer, Resizer

Pipeline = Callable[..., Any]
"""From a picture, or from picture and target together, to the same as tensors."""

BatchTransform = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos")


@dataclass(frozen=True)
class Preprocessing:
    """What a network expects of its input; a bundle stores it.

    Args:
        image_size: (height, width) in pixels. Dense tasks keep a picture's shape, and fit it into
            the smaller of the two as short side and the larger as long side.
        crop_pct: share of the resized picture that the centre crop keeps, in each direction.
        interpolation: nearest, bilinear, bicubic or lanczos.
        mean: of red, green and blue, subtracted from values in 0..1.
        std: of red, green and blue, by which the difference is divided.

    Raises:
        ValueError: a value is out of range.
    """

    image_size: tuple[int, int]
    crop_pct: float = 0.875
    interpolation: str = "bicubic"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __post_init__(self) -> None:
        for name in ("image_size", "mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists, from JSON
        if len(self.image_size) != 2 or min(self.image_size) < 1:
            raise ValueError(f"image_size is (height, width) in pixels, got {self.image_size}")
        if not 0 < self.crop_pct <= 1:
            raise ValueError(f"crop_pct is above 0 and at most 1, got {self.crop_pct}")
        if self.interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"interpolation is one of {', '.join(_INTERPOLATIONS)}, got {self.interpolation!r}"
            )
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError(
                f"mean and std have three values, std above 0; got {self.mean}, {self.std}"
            )

    def to_dict(self) -> dict[str, Any]:
        """The values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Preprocessing:
        """The preprocessing that `to_dict` wrote."""
        return cls(**content)


@dataclass(frozen=True)
class Augmentation:
    """How training pictures are varied. By default: random crop and flip.

    The released weights were trained by DeiT's recipe (Touvron et al., ICML 2021, arXiv
    2012.12877): rand_augment "rand-m9-mstd0.5-inc1", color_jitter 0.4 (without effect beside
    RandAugment, there as here), erasing 0.25, mixup 0.8, cutmix 1.0, repeats 3.

    Args:
        scale: range of the random crop's area, as shares of the picture's.
        ratio: range of the crop's width / height.
        hflip: probability of a horizontal flip.
        vflip: probability of a vertical flip.
        color_jitter: strength for brightness, contrast and saturation; not applied together with
            rand_augment, as in timm.
        rand_augment: timm's RandAugment string, e.g. "rand-m9-mstd0.5-inc1"; None for none.
        erasing: probability that a rectangle is replaced by noise (Zhong et al., AAAI 2020).
        mixup: alpha of MixUp's Beta distribution (Zhang et al., ICLR 2018); 0 for none.
        cutmix: alpha of CutMix's Beta distribution (Yun et al., ICCV 2019); 0 for none.
        mix_prob: probability that a batch is mixed at all.
        switch_prob: probability of CutMix where both are on.
        repeats: how often a picture is in an epoch, each time varied anew (Hoffer et al.,
            CVPR 2020); an epoch stays as long and so shows fewer pictures.
        sizes: sides in pixels, one of which is drawn for each batch, so that the network is good at
            other sizes too; none keeps the training size.

    Raises:
        ValueError: a value is out of range.
    """

    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    hflip: float = 0.5
    vflip: float = 0.0
    color_jitter: float = 0.0
    rand_augment: str | None = None
    erasing: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    mix_prob: float = 1.0
    switch_prob: float = 0.5
    repeats: int = 1
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("hflip", "vflip", "erasing", "mix_prob", "switch_prob"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"augment.{name} is in 0..1, got {getattr(self, name)}")
        for name in ("color_jitter", "mixup", "cutmix"):
            if getattr(self, name) < 0:
                raise ValueError(f"augment.{name} is at least 0, got {getattr(self, name)}")
        for name in ("scale", "ratio"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            low, high = getattr(self, name)
            if not 0 < low <= high or (name == "scale" and high > 1):
                raise ValueError(f"augment.{name} is (low, high), above 0, got {low}, {high}")
        if self.rand_augment is not None and not self.rand_augment.startswith("rand-"):
            raise ValueError(
                "augment.rand_augment is a string of timm such as rand-m9-mstd0.5-inc1, "
                f"got {self.rand_augment!r}"
            )
        object.__setattr__(self, "sizes", tuple(self.sizes))
        if min(self.sizes, default=1) < 1:
            raise ValueError(f"augment.sizes are at least 1 pixel, got {list(self.sizes)}")
        if self.repeats < 1:
            raise ValueError(f"augment.repeats is at least 1, got {self.repeats}")


class OnPicture(v2.Transform):
    """A function of a PIL picture, or a step for it alone, in a v2 pipeline: the target stays."""

    _transformed_types = (Image.Image,)

    def __init__(self, function: Callable[[Image.Image], Image.Image]) -> None:
        super().__init__()
        self.function = function

    @override
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return self.function(inpt)


def eval_transform(preprocessing: Preprocessing) -> Pipeline:
    """Resize so that the crop just fits, crop the centre, normalise: timm's evaluation.

    Returns:
        From an RGB picture to ``(3, H, W)`` float32; a class's number beside it passes through.
    """
    height, width = preprocessing.image_size
    # timm rounds the two cases differently; a weight's published accuracy depends on it
    resized = [math.floor(side / preprocessing.crop_pct) for side in (height, width)]
    if height == width:
        resize: v2.Transform = v2.Resize(resized[0], interpolation_mode(preprocessing))
    else:
        from timm.data.transforms import ResizeKeepRatio

        resize = OnPicture(ResizeKeepRatio(resized, interpolation=preprocessing.interpolation))  # type: ignore[arg-type]
    return v2.Compose([resize, v2.CenterCrop((height, width)), *to_input(preprocessing)])


def train_transform(preprocessing: Preprocessing, augmentation: Augmentation) -> Pipeline:
    """Random crop, flips, RandAugment or colour jitter, normalisation, erasing.

    It draws from torch's, Python's and NumPy's global generators.

    Returns:
        From an RGB picture to ``(3, H, W)`` float32; a class's number beside it passes through.

    Raises:
        ValueError: timm cannot read the RandAugment string.
    """
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
        steps.append(_rand_augment(preprocessing, augmentation.rand_augment))
    elif augmentation.color_jitter:
        steps.append(v2.ColorJitter(*[augmentation.color_jitter] * 3))
    return v2.Compose([*steps, *to_input(preprocessing, augmentation.erasing)])


def mixer(augmentation: Augmentation, num_classes: int) -> BatchTransform | None:
    """What is done to whole batches: another size, MixUp, CutMix; None if none is on.

    Args:
        augmentation: strengths, probabilities and sizes.
        num_classes: length of the soft targets.

    Returns:
        From images ``(B, 3, H, W)`` and labels ``(B,)`` to resized or mixed images, and the labels
        or, where batches are mixed, probabilities ``(B, num_classes)``; see `Resizer` and `Mixer`.
    """
    steps: list[BatchTransform] = []
    if augmentation.sizes:
        steps.append(Resizer(augmentation.sizes))
    if augmentation.mixup or augmentation.cutmix:
        probabilities = augmentation.mix_prob, augmentation.switch_prob
        steps.append(Mixer(num_classes, augmentation.mixup, augmentation.cutmix, *probabilities))
    return _InTurn(steps) if len(steps) > 1 else next(iter(steps), None)


class _InTurn:
    def __init__(self, steps: Sequence[BatchTransform]) -> None:
        self.steps = steps

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        for step in self.steps:
            images, labels = step(images, labels)
        return images, labels


def interpolation_mode(preprocessing: Preprocessing) -> InterpolationMode:
    """The preprocessing's interpolation as torchvision names it."""
    return InterpolationMode(preprocessing.interpolation)


def to_input(preprocessing: Preprocessing, erasing: float = 0.0) -> list[v2.Transform]:
    """The steps that every pipeline ends with: numbers, normalised, as plain tensors."""
    steps: list[v2.Transform] = [
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(list(preprocessing.mean), list(preprocessing.std)),
    ]
    if erasing:
        # area and shape as in timm; noise of the normalised pictures' own mean and variance
        value: Any = "random"  # which torchvision documents and does not declare
        steps.append(v2.RandomErasing(erasing, (0.02, 1 / 3), (0.3, 1 / 0.3), value=value))
    return [*steps, v2.ToPureTensor()]


def _rand_augment(preprocessing: Preprocessing, config: str) -> v2.Transform:
    """RandAugment as timm has it, with the parameters its own factory of transforms sets."""
    from timm.data.auto_augment import rand_augment_transform
    from timm.data.transforms import str_to_pil_interp

    parameters = {
        "translate_const": int(min(preprocessing.image_size) * 0.45),
        "img_mean": tuple(min(255, round(255 * value)) for value in preprocessing.mean),
        "interpolation": str_to_pil_interp(preprocessing.interpolation),
    }
    unread = [part for part in config.split("-") if not re.search(r"^rand$|^t|\d", part)]
    if unread:  # by timm, without a word
        raise ValueError(
            f"augment.rand_augment {config!r}: {', '.join(unread)} says nothing to timm"
        )
    try:
        return OnPicture(rand_augment_transform(config, parameters))
    except (AssertionError, ValueError, KeyError) as error:
        raise ValueError(
            f"augment.rand_augment {config!r}: timm cannot read it: {error}"
        ) from error
