"""Boxes in NumPy: decoding, clipping and selection, as in torchvision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cyclemlp.tasks.detection.suppression import suppressed

CANDIDATES = 1000
"""Largest number of boxes of a level before suppression, as in torchvision."""
_LARGEST = np.float32(np.log(1000 / 16))  # of the logarithmic factor on an anchor's side


def decoded(deltas: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Apply the network's changes to anchors.

    Args:
        deltas: ``(N, 4)`` shifts and logarithmic factors.
        anchors: ``(N, 4)`` left, top, right, bottom in pixels.

    Returns:
        Boxes ``(N, 4)``.
    """
    sides = anchors[:, 2:] - anchors[:, :2]
    middles = deltas[:, :2] * sides + (anchors[:, :2] + 0.5 * sides)
    half = 0.5 * (np.exp(np.minimum(deltas[:, 2:], _LARGEST)) * sides)
    return np.concatenate([middles - half, middles + half], 1)


def clipped(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the parts of boxes ``(N, 4)`` inside an image of (height, width)."""
    return np.clip(boxes, 0, np.array([size[1], size[0]] * 2, boxes.dtype))


class Selected(NamedTuple):
    """Boxes after selection, best first.

    Attributes:
        boxes: ``(N, 4)``.
        scores: ``(N,)``.
        groups: ``(N,)``.
    """

    boxes: np.ndarray
    scores: np.ndarray
    groups: np.ndarray


def select(
    boxes: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray,
    size: tuple[int, int],
    smallest: float,
    iou: float,
    most: int,
) -> Selected:
    """Clip boxes, drop the small ones, and suppress those that overlap better ones.

    Args:
        boxes: ``(N, 4)``.
        scores: ``(N,)``.
        groups: ``(N,)``; see `suppressed`.
        size: (height, width) of the image.
        smallest: side in pixels, below which a box is dropped.
        iou: see `suppressed`.
        most: see `suppressed`.
    """
    boxes = clipped(boxes, size)
    large = ((boxes[:, 2:] - boxes[:, :2]) >= smallest).all(1)
    found = Selected(boxes[large], scores[large], groups[large])
    keep = suppressed(*found, iou, most)
    return Selected(*(part[keep] for part in found))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return ``1 / (1 + exp(-logits))``."""
    with np.errstate(over="ignore"):  # the score of a very low logit is 0
        return 1 / (1 + np.exp(-logits))
