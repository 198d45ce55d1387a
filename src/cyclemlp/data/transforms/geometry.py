"""Geometric steps that torchvision lacks: they transform an image and its target together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional as F
from torchvision.tv_tensors import Mask
from typing_extensions import override

from cyclemlp.data.transforms.resizing import fit_factor

_TRIES = 10  # of a crop, as in mmsegmentation


class FitWithin(v2.Transform):
    """Resize to the largest size within a short and a long side, keeping the aspect ratio.

    Args:
        sides: two lengths in pixels; the smaller one limits the short side.
        interpolation: of images; masks use the nearest pixel.
        scale: range of a random factor on the size.
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
        factor = fit_factor((height, width), (short, self.long))
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
    """Resize a mask ``(..., H, W)``; each pixel gets the value at its center.

    torchvision's kernel for masks uses the pixel's corner, which shifts masks by half a pixel
    relative to images and boxes.
    """
    plane = mask.as_subclass(Tensor)[None]
    resized = F.resize_image(plane, list(size), InterpolationMode.NEAREST_EXACT)
    return Mask(resized[0])


class LimitedCrop(v2.Transform):
    """Random crop in which the share of each class is limited, as mmsegmentation's cat_max_ratio.

    Ten positions are tried; the last one is used in any case. An image smaller than the crop keeps
    its size.

    Args:
        size: (height, width) in pixels.
        max_share: largest share of a class in the labeled pixels; 1 turns it off.
        ignored: label of ignored pixels.
    """

    def __init__(self, size: tuple[int, int], max_share: float = 1.0, ignored: int = 255) -> None:
        super().__init__()
        self.size = size
        self.max_share = max_share
        self.ignored = ignored

    @override
    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        position = self._position(flat_inputs)
        masks = [item for item in flat_inputs if isinstance(item, Mask)]
        if masks and self.max_share < 1:
            for _ in range(_TRIES - 1):
                if self._varied(F.crop(masks[0], **position)):
                    break
                position = self._position(flat_inputs)
        return position

    def _position(self, flat_inputs: list[Any]) -> dict[str, int]:
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
    """Padding at the right and at the bottom up to a size.

    Args:
        size: (height, width) in pixels; larger images are unchanged.
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
    """Return padding values: the mean color, which normalizes to 0, and the ignore index."""
    in_bytes = tuple(round(255 * value) for value in mean)
    return {Image.Image: in_bytes, tv_tensors.Image: list(mean), Mask: ignored}


def _size(flat_inputs: list[Any]) -> tuple[int, int]:
    """Return (height, width) of the image."""
    height, width = F.get_size(flat_inputs[0])
    return height, width
