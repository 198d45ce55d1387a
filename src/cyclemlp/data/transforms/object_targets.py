"""Steps that change the objects of a detection target."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torchvision.ops import masks_to_boxes
from torchvision.transforms import v2
from torchvision.tv_tensors import wrap
from typing_extensions import override

PER_OBJECT = ("labels", "iscrowd", "area")
"""Entries of a detection target with one value per object, besides boxes and masks."""


class DropCrowds(v2.Transform):
    """Removal of crowds from a detection target."""

    @override
    def forward(self, *inputs: Any) -> Any:
        image, target = inputs
        return image, _chosen(target, target["iscrowd"] == 0)


class FitBoxes(v2.Transform):
    """Recomputation of boxes from cropped masks; objects with an empty mask are dropped.

    A cropped box may be larger than the visible part of its object, or contain no part of it.
    Targets without masks are unchanged.
    """

    @override
    def forward(self, *inputs: Any) -> Any:
        image, target = inputs
        if "masks" not in target:
            return image, target
        target = _chosen(target, target["masks"].flatten(1).any(1).bool())
        boxes = masks_to_boxes(target["masks"])
        boxes[:, 2:] += 1  # torchvision's right and bottom are inclusive, ours exclusive
        return image, target | {"boxes": _rewrapped(boxes, target["boxes"])}


def _chosen(target: dict[str, Any], keep: Tensor) -> dict[str, Any]:
    """Return the target with the objects to keep, ``(N,)`` bool."""
    chosen = {name: target[name][keep] for name in PER_OBJECT}
    for name in ("boxes", "masks"):
        if name in target:
            chosen[name] = _rewrapped(target[name].as_subclass(Tensor)[keep], target[name])
    return target | chosen


def _rewrapped(values: Tensor, like: Any) -> Any:
    """Return values as boxes of the same format and canvas, or as a mask."""
    return wrap(values, like=like)  # type: ignore[call-arg]  # its decorator hides the parameter


def per_object(inputs: Any) -> tuple[Tensor, ...]:
    """Return the entries with a value per object, for ``SanitizeBoundingBoxes``."""
    return tuple(inputs[1][name] for name in PER_OBJECT)
