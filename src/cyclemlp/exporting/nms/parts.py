"""The one part of a detector that suppresses boxes itself."""

from __future__ import annotations

from typing import Any

from torchvision.models.detection.retinanet import RetinaNet

from cyclemlp.exporting.nms.retinanet import WholeRetinaNet
from cyclemlp.exporting.nms.two_stage import WholeTwoStage
from cyclemlp.exporting.part import Input, Part
from cyclemlp.runtime.config import FIRST_PART
from cyclemlp.tasks.detection.settings import Limits


def whole_parts(network: Any, limits: Limits, images: Input) -> dict[str, Part]:
    """Return the one part of a detector, for `SuppressedObjects`.

    Args:
        network: torchvision's detector.
        limits: which objects the outputs hold.
        images: the input, of batch size 1.
    """
    outputs = ("boxes", "labels", "scores")
    if isinstance(network, RetinaNet):
        return {FIRST_PART: Part(WholeRetinaNet(network, limits), (images,), outputs)}
    whole = WholeTwoStage(network, limits)
    named = outputs if whole.masks is None else (*outputs, "masks")
    return {FIRST_PART: Part(whole, (images,), named)}
