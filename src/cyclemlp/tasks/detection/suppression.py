"""Non-maximum suppression in NumPy, as in torchvision."""

from __future__ import annotations

import numpy as np


def suppressed(
    boxes: np.ndarray, scores: np.ndarray, groups: np.ndarray, iou: float, most: int
) -> np.ndarray:
    """Return the indices of the boxes that non-maximum suppression keeps, best first.

    Args:
        boxes: ``(N, 4)``.
        scores: ``(N,)``.
        groups: ``(N,)``; boxes suppress only boxes of the same group.
        iou: the lower score is dropped if two boxes overlap by more.
        most: largest number of boxes.
    """
    kept = [
        number[_alone(boxes[number], scores[number], iou, most)]
        for number in (np.flatnonzero(groups == group) for group in np.unique(groups))
    ]
    found = np.sort(np.concatenate([*kept, np.zeros(0, np.int64)]))
    return found[np.argsort(-scores[found], kind="stable")][:most]


def overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the IoU ``(N, M)`` of boxes ``(N, 4)`` and ``(M, 4)``; NaN for two without area."""
    corner = np.maximum(one[:, None, :2], other[:, :2])
    shared = np.maximum(np.minimum(one[:, None, 2:], other[:, 2:]) - corner, 0).prod(2)
    total = _areas(one)[:, None] + _areas(other) - shared
    with np.errstate(invalid="ignore"):
        return shared / total


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2:] - boxes[:, :2]).prod(1)


def _alone(boxes: np.ndarray, scores: np.ndarray, iou: float, most: int) -> np.ndarray:
    """Return the first indices that suppression keeps in one group, best first."""
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order) and len(kept) < most:
        best, rest = order[:1], order[1:]
        kept.append(best)
        order = rest[~(overlaps(boxes[best], boxes[rest])[0] > iou)]
    return np.concatenate([*kept, np.zeros(0, np.int64)])
