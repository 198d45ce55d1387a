"""Which detector's outputs become objects how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from cyclemlp.runtime.decoding.retinanet import RetinaNetObjects
from cyclemlp.runtime.decoding.suppressed import FIXED, SuppressedObjects
from cyclemlp.runtime.decoding.two_stage import TwoStageObjects
from cyclemlp.runtime.engines.engine import Engines

Objects: TypeAlias = "RetinaNetObjects | SuppressedObjects | TwoStageObjects"
"""From images ``(B, 3, H, W)`` to the objects of each; ``settings`` may be changed."""


def open_objects(engines: Engines, settings: Mapping[str, Any]) -> Objects:
    """Return what computes the objects of a detector.

    Args:
        engines: the parts of the network.
        settings: ``detector``, and those of the class for it.
    """
    if FIXED in settings:
        return SuppressedObjects(engines, settings)
    kind = RetinaNetObjects if settings["detector"] == "retinanet" else TwoStageObjects
    return kind(engines, settings)
