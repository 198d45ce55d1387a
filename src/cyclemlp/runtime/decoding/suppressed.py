"""A detector whose graph has decoded and suppressed its boxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cyclemlp.runtime.engines.engine import Engines

FIXED = "fixed"
"""The setting that such an export has, and others do not: the limits in its graph."""
_NAMES = ("boxes", "labels", "scores", "masks")


class SuppressedObjects:
    """From images to objects.

    Args:
        engines: ``network``, from ``(1, 3, H, W)`` to boxes ``(K, 4)``, labels ``(K,)`` and scores
            ``(K,)``, best first, and for Mask R-CNN masks ``(K, 1, 28, 28)``.
        settings: ``min_score``, ``nms_iou`` and ``max_objects``; and ``fixed``, the same three as
            they are in the graph.

    Raises:
        ValueError: the settings ask for objects that the graph drops.
    """

    def __init__(self, engines: Engines, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self._network = engines["network"]
        self._check()

    def __call__(self, images: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Return the objects of images ``(B, 3, H, W)`` as `Found` without ``size``, in arrays.

        Raises:
            ValueError: the settings were changed to ask for objects that the graph drops.
        """
        self._check()
        return [self._objects(images[i : i + 1]) for i in range(len(images))]

    def _objects(self, image: np.ndarray) -> dict[str, np.ndarray]:
        found = dict(zip(_NAMES, self._network(image), strict=False))
        best = np.flatnonzero(found["scores"] > self.settings["min_score"])
        best = best[: self.settings["max_objects"]]
        return {name: values[best] for name, values in found.items()}

    def _check(self) -> None:
        asked, fixed = self.settings, self.settings[FIXED]
        if (
            asked["min_score"] < fixed["min_score"]
            or asked["max_objects"] > fixed["max_objects"]
            or asked["nms_iou"] != fixed["nms_iou"]
        ):
            limits = ", ".join(f"{name} {value}" for name, value in fixed.items())
            got = ", ".join(f"{name} {asked[name]}" for name in fixed)
            raise ValueError(
                f"this network was exported with --nms and has {limits} in its graph, got {got}; "
                "give a higher min_score or a lower max_objects only, or export it without --nms"
            )
