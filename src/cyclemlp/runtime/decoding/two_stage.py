"""Faster R-CNN's and Mask R-CNN's outputs to objects, as torchvision computes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cyclemlp.runtime.decoding.boxes import decoded, select, sigmoid
from cyclemlp.runtime.decoding.proposals import Proposals
from cyclemlp.runtime.decoding.regions import run_by_level
from cyclemlp.runtime.engines.engine import Engines

SMALLEST_OBJECT = 1e-2
"""Pixels of a side, as in torchvision."""
_WEIGHTS = np.array([10, 10, 5, 5], np.float32)  # of the second stage's deltas


class TwoStageObjects:
    """From images to objects.

    Args:
        engines: ``network``, from ``(B, 3, H, W)`` to four feature maps, the logits ``(B, N)`` and
            the deltas ``(B, N, 4)`` of the anchors of all levels; ``boxes`` and, for Mask R-CNN,
            ``masks``: from the maps of one image and the regions of each level to the heads'
            outputs.
        settings: those of `Proposals`, ``min_score``, ``nms_iou`` and ``max_objects``.
    """

    def __init__(self, engines: Engines, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self._engines = engines
        self._proposals = Proposals(settings)

    def __call__(self, images: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Return the objects of images ``(B, 3, H, W)`` as `Found` without ``size``, in arrays."""
        *maps, logits, deltas = self._engines["network"](images)
        size = (images.shape[2], images.shape[3])
        found = []
        for i in range(len(images)):
            own = [one[i : i + 1] for one in maps]
            found.append(self._objects(own, self._proposals(logits[i], deltas[i], size), size))
        return found

    def _objects(
        self, maps: list[np.ndarray], regions: np.ndarray, size: tuple[int, int]
    ) -> dict[str, np.ndarray]:
        logits, deltas = run_by_level(self._engines["boxes"], maps, regions)
        boxes, scores, labels = _candidates(logits, deltas, regions, self.settings["min_score"])
        iou, most = self.settings["nms_iou"], self.settings["max_objects"]
        keep = select(boxes, scores, labels, size, SMALLEST_OBJECT, iou, most)
        found = {"boxes": keep.boxes, "labels": keep.groups, "scores": keep.scores}
        if "masks" in self._engines:
            (masks,) = run_by_level(self._engines["masks"], maps, keep.boxes)
            own = masks[np.arange(len(masks)), keep.groups + 1]  # the first mask is the background
            found["masks"] = sigmoid(own)[:, None]
        return found


def _candidates(
    logits: np.ndarray, deltas: np.ndarray, regions: np.ndarray, min_score: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return boxes, scores and labels of each region as each class whose score suffices."""
    odds = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    scores = (odds / odds.sum(1, keepdims=True))[:, 1:]  # the first class is the background
    region, label = np.nonzero(scores > min_score)
    own = deltas.reshape(len(deltas), -1, 4)[region, label + 1]
    return decoded(own / _WEIGHTS, regions[region]), scores[region, label], label
