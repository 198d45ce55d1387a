"""How far the predictions of two computations of one network agree, as a share in 0..1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cyclemlp.runtime.decoding.objects import open_objects
from cyclemlp.runtime.engines.engine import Engines
from cyclemlp.tasks.detection.suppression import overlaps

_SAME_IOU = 0.99
_SAME_SCORE = 1e-3
_SAME_PLACE = 0.01  # pixels; boxes without area, at the border of an image, have no IoU


def computed(engines: Engines, task: str, settings: Mapping[str, Any], images: np.ndarray) -> Any:
    """Return logits for classification and segmentation, otherwise the objects of each image."""
    if task in ("classify", "segment"):
        return engines["network"](images)[0]
    return open_objects(engines, settings)(images)


def same_class(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the share of images with the same most probable class."""
    return float((ours.argmax(1) == theirs.argmax(1)).mean())


def mean_iou(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the mean IoU of the classes' pixels, over the classes that occur."""
    one, other = ours.argmax(1), theirs.argmax(1)
    shares = []
    for label in np.union1d(one, other):
        either = ((one == label) | (other == label)).sum()
        shares.append(((one == label) & (other == label)).sum() / either)
    return float(np.mean(shares))


def same_objects(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> float:
    """Return the share of objects that both have, with equal label, box and score."""
    found = [_matched(one, other) for one, other in zip(ours, theirs, strict=True)]
    total = sum(count for _, count in found)
    return sum(same for same, _ in found) / total if total else 1.0


def _matched(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> tuple[int, int]:
    """Return how many objects of `one` are in `other`, and the larger number of objects."""
    alike = overlaps(one["boxes"], other["boxes"]) >= _SAME_IOU
    alike |= abs(one["boxes"][:, None] - other["boxes"]).max(2, initial=0) <= _SAME_PLACE
    alike &= one["labels"][:, None] == other["labels"]
    alike &= abs(one["scores"][:, None] - other["scores"]) <= _SAME_SCORE
    return int(alike.any(1).sum()), max(len(one["boxes"]), len(other["boxes"]))


def object_differences(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> np.ndarray:
    """Return how far each object is from the nearest one of the other computation.

    The differences are shares of the largest number of their kind, or of 1 if that is below 1; they
    are infinite for objects that only one has.
    """
    apart = [_nearest(*pair) for pair in zip(ours, theirs, strict=True)]
    return np.concatenate([*apart, np.zeros(0)])


def _nearest(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> np.ndarray:
    apart = np.where(one["labels"][:, None] == other["labels"], 0, np.inf)
    for name in {"boxes", "scores", "masks"} & other.keys():
        mine, its = one[name], other[name]
        differences = abs(mine[:, None] - its) / abs(mine).max(initial=1)
        axes = tuple(range(2, differences.ndim))
        apart = np.maximum(apart, differences.max(axes, initial=0))
    more = max(0, len(other["scores"]) - len(one["scores"]))
    return np.concatenate([apart.min(1, initial=np.inf), np.full(more, np.inf)])


AGREEMENTS: dict[str, tuple[str, Callable[[Any, Any], float]]] = {
    "classify": ("top1", same_class),
    "segment": ("miou", mean_iou),
    "detect": ("boxes", same_objects),
    "instance": ("boxes", same_objects),
}
"""Task -> the name of the agreement, and the function that computes it from two `computed`."""
