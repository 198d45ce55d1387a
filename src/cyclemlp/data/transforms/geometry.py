"""Steps of v2 pipelines that torchvision lacks, for pictures whose targets move with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.ops import masks_to_boxes
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional as F
from torchvision.tv_tensors import Mask, wrap
from typing_extensions import override

_TRIES = 10  # for a crop in which no class has too large a share

PER_OBJECT = ("labels", "iscrowd", "area")
"""Entries of a detection target that have a value an object, besides boxes and masks."""


class FitWithin(v2.Transform):
    """Scale a picture, keeping its shape, as large as fits a short and a long side.

    Args:
        sides: two lengths in pixels; the smaller is the short side's limit.
        interpolation: of pictures; masks take the nearest pixel.
        scale: range of a random factor on the result.
        short_sides: short sides to draw from instead.
    """

    def __init__(
        self,
        sides: Sequence[int],
        interpolation: InterpolationMode = InterpolationMode.BILINEAR,
        scale: tuple[float, float] = (1.0, 1.0),
        short_sides: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.short, self.long = min(sides), max(sides)
        self.interpolation = interpolation
        self.scale = scale
        self.short_sides = tuple(short_sides)

    @override
    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        height, width = _size(flat_inputs)
        short = self.short
        if self.short_sides:
            short = self.short_sides[int(torch.randint(len(self.short_sides), ()))]
        factor = min(short / min(height, width), self.long / max(height, width))
        low, high = self.scale
        if low < high:
            factor *= low + (high - low) * float(torch.rand(()))
        else:
            factor *= low
        return {"size": [max(1, round(side * factor)) for side in (height, width)]}

    @override
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if isinstance(inpt, Mask):
            return _resized_mask(inpt, params["size"])
        return self._call_kernel(
            F.resize, inpt, params["size"], interpolation=self.interpolation, antialias=True
        )


def _resized_mask(mask: Mask, size: Sequence[int]) -> Mask:
    """The mask ``(..., H, W)`` at a size: each pixel takes the value at its centre.

    torchvision's own kernel for masks takes it, by default or always, at the pixel's corner, which
    moves masks by half a pixel against pictures and boxes.
    """
    plane = mask.as_subclass(Tensor)[None]
    resized = F.resize_image(plane, list(size), InterpolationMode.NEAREST_EXACT)
    return Mask(resized[0])


class LimitedCrop(v2.Transform):
    """A random crop in which no class has more than a share of the pixels that count.

    Ten places are tried; the last is taken whatever it holds. The idea, and the number, are
    mmsegmentation's ``cat_max_ratio``. A picture smaller than the crop stays as large as it is.

    Args:
        size: (height, width) in pixels.
        max_share: of one class; 1 for no limit.
        ignored: the mask's value of pixels that do not count.
    """

    def __init__(self, size: tuple[int, int], max_share: float = 1.0, ignored: int = 255) -> None:
        super().__init__()
        self.size = size
        self.max_share = max_share
        self.ignored = ignored

    @override
    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        place = self._place(flat_inputs)
        masks = [item for item in flat_inputs if isinstance(item, Mask)]
        if masks and self.max_share < 1:
            for _ in range(_TRIES - 1):
                if self._varied(F.crop(masks[0], **place)):
                    break
                place = self._place(flat_inputs)
        return place

    def _place(self, flat_inputs: list[Any]) -> dict[str, int]:
        whole = _size(flat_inputs)
        height, width = (min(a, b) for a, b in zip(self.size, whole, strict=True))
        top = int(torch.randint(whole[0] - height + 1, ()))
        left = int(torch.randint(whole[1] - width + 1, ()))
        return {"top": top, "left": left, "height": height, "width": width}

    def _varied(self, mask: Tensor) -> bool:
        counts = torch.bincount(mask.flatten()[mask.flatten() != self.ignored])
        return bool(counts.sum()) and float(counts.max() / counts.sum()) < self.max_share

    @override
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return self._call_kernel(F.crop, inpt, **params)


class PadTo(v2.Transform):
    """Fill at the right and below up to a size.

    Args:
        size: (height, width) to reach; larger pictures stay.
        fill: value for each type; see `fill_of`.
    """

    def __init__(self, size: tuple[int, int], fill: Mapping[type, Any]) -> None:
        super().__init__()
        self.size = size
        self.fill = dict(fill)

    @override
    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        whole = _size(flat_inputs)
        below, right = (max(a - b, 0) for a, b in zip(self.size, whole, strict=True))
        return {"padding": [0, 0, right, below]}

    @override
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        fill = next((v for kind, v in self.fill.items() if isinstance(inpt, kind)), 0)
        return self._call_kernel(F.pad, inpt, fill=fill, **params)


def fill_of(mean: Sequence[float], ignored: int) -> dict[type, Any]:
    """Padding that says nothing: the mean colour, which normalises to 0, and the ignore index."""
    return {Image.Image: tuple(round(255 * value) for value in mean), Mask: ignored}


class DropCrowds(v2.Transform):
    """Leave the crowds out of a detection target."""

    @override
    def forward(self, *inputs: Any) -> Any:
        image, target = inputs
        return image, _chosen(target, target["iscrowd"] == 0)


class FitBoxes(v2.Transform):
    """Draw boxes anew around what a crop left of the masks; objects of which nothing is left go.

    The part of a box that a crop kept may be too large for what is in it, or hold nothing of an
    object with corners. Targets without masks stay.
    """

    @override
    def forward(self, *inputs: Any) -> Any:
        image, target = inputs
        if "masks" not in target:
            return image, target
        target = _chosen(target, target["masks"].flatten(1).any(1).bool())
        boxes = masks_to_boxes(target["masks"])
        boxes[:, 2:] += 1  # theirs end with the last pixel, ours behind it
        return image, target | {"boxes": _rewrapped(boxes, target["boxes"])}


def _chosen(target: dict[str, Any], keep: Tensor) -> dict[str, Any]:
    """A detection target with the objects to keep: ``(N,)`` bool."""
    chosen = {name: target[name][keep] for name in PER_OBJECT}
    for name in ("boxes", "masks"):
        if name in target:
            chosen[name] = _rewrapped(target[name].as_subclass(Tensor)[keep], target[name])
    return target | chosen


def _rewrapped(values: Tensor, like: Any) -> Any:
    """As boxes of the same format and canvas, or as a mask."""
    return wrap(values, like=like)  # type: ignore[call-arg]  # which its decorator hides


def per_object(inputs: Any) -> tuple[Tensor, ...]:
    """What has a value an object, for ``SanitizeBoundingBoxes``."""
    return tuple(inputs[1][name] for name in PER_OBJECT)


def _size(flat_inputs: list[Any]) -> tuple[int, int]:
    """(height, width) of the picture."""
    height, width = F.get_size(flat_inputs[0])
    return height, width
