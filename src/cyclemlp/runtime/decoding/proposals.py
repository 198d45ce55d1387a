"""The first stage: the regions in which the second stage looks for objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cyclemlp.runtime.decoding.anchors import grid_anchors, map_sizes
from cyclemlp.runtime.decoding.boxes import CANDIDATES, decoded, select, sigmoid

_IOU = 0.7
SMALLEST_REGION = 1e-3
"""Pixels of a side, as in torchvision."""


class Proposals:
    """Chooses regions as torchvision's region proposal network does.

    Args:
        settings: ``cells`` (the anchors of each level around the origin), ``finest`` (stride) and
            ``regions`` (largest number).
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._cells = [np.array(cell, np.float32) for cell in settings["cells"]]
        self._finest, self._most = settings["finest"], settings["regions"]

    def __call__(self, logits: np.ndarray, deltas: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return regions ``(N, 4)``, best first.

        Args:
            logits: ``(A,)`` of the anchors of all levels.
            deltas: ``(A, 4)``.
            size: (height, width) of the image, in pixels.
        """
        sizes = map_sizes(size, self._finest, len(self._cells))
        anchors = grid_anchors(self._cells, sizes, self._finest)
        ends = np.cumsum([len(one) for one in anchors])
        best, levels = [], []
        for level, (end, one) in enumerate(zip(ends, anchors, strict=True)):
            start = end - len(one)
            top = np.argsort(-logits[start:end], kind="stable")[:CANDIDATES]
            best.append(start + top)
            levels.append(np.full(len(top), level))
        chosen = np.concatenate(best)
        boxes = decoded(deltas[chosen], np.concatenate(anchors)[chosen])
        scores, groups = sigmoid(logits[chosen]), np.concatenate(levels)
        return select(boxes, scores, groups, size, SMALLEST_REGION, _IOU, self._most).boxes
