"""RetinaNet's outputs to objects, as torchvision's RetinaNet computes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cyclemlp.runtime.decoding.anchors import grid_anchors, map_sizes
from cyclemlp.runtime.decoding.boxes import CANDIDATES, clipped, decoded, sigmoid, suppressed
from cyclemlp.runtime.engines.engine import Engines


class RetinaNetObjects:
    """From images to objects.

    Args:
        engines: ``network``, from ``(B, 3, H, W)`` to logits ``(B, N, classes)`` and deltas
            ``(B, N, 4)``, for the anchors of all levels, the finest first.
        settings: ``cells`` (the anchors of each level around the origin), ``finest`` (stride),
            ``min_score``, ``nms_iou`` and ``max_objects``.
    """

    def __init__(self, engines: Engines, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self._network = engines["network"]
        self._cells = [np.array(cell, np.float32) for cell in settings["cells"]]

    def __call__(self, images: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Return the objects of images ``(B, 3, H, W)`` as `Found` without ``size``, in arrays."""
        size = (images.shape[2], images.shape[3])
        sizes = map_sizes(size, self.settings["finest"], len(self._cells))
        anchors = grid_anchors(self._cells, sizes, self.settings["finest"])
        ends = np.cumsum([len(one) for one in anchors])[:-1]
        logits, deltas = (np.split(output, ends, 1) for output in self._network(images))
        return [
            self._objects([one[i] for one in logits], [one[i] for one in deltas], anchors, size)
            for i in range(len(images))
        ]

    def _objects(
        self,
        logits: list[np.ndarray],
        deltas: list[np.ndarray],
        anchors: list[np.ndarray],
        size: tuple[int, int],
    ) -> dict[str, np.ndarray]:
        levels = [self._level(*level, size) for level in zip(logits, deltas, anchors, strict=True)]
        boxes, scores, labels = (np.concatenate(part) for part in zip(*levels, strict=True))
        iou, most = self.settings["nms_iou"], self.settings["max_objects"]
        keep = suppressed(boxes, scores, labels, iou, most)
        return {"boxes": boxes[keep], "labels": labels[keep], "scores": scores[keep]}

    def _level(
        self, logits: np.ndarray, deltas: np.ndarray, anchors: np.ndarray, size: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return boxes, scores and labels of the best candidates of one level."""
        scores = sigmoid(logits.ravel())
        above = np.flatnonzero(scores > self.settings["min_score"])
        best = above[np.argsort(-scores[above], kind="stable")[:CANDIDATES]]
        place, labels = np.divmod(best, logits.shape[1])
        return clipped(decoded(deltas[place], anchors[place]), size), scores[best], labels
