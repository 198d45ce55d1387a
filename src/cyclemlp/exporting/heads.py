"""What is exported of each kind of network, and what the decoder has to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn
from torchvision.models.detection.retinanet import RetinaNet

from cyclemlp.exporting.part import Part, images_input
from cyclemlp.exporting.retinanet import retinanet_parts
from cyclemlp.exporting.two_stage import two_stage_parts
from cyclemlp.runtime.config import FIRST_PART
from cyclemlp.tasks.batching import Stacked
from cyclemlp.tasks.classification.task import Classification
from cyclemlp.tasks.contract import Task
from cyclemlp.tasks.detection.network import Detector
from cyclemlp.tasks.detection.objects import ObjectTask

_STRIDE = 32  # pixels; of the last stage


@dataclass(frozen=True)
class Exportable:
    """A network for export.

    Attributes:
        parts: by name; the first one takes the images.
        minimum: smallest side of an image, in pixels.
        settings: of the predictions, for the runtime's decoder of the task.
    """

    parts: dict[str, Part]
    minimum: int
    settings: dict[str, Any] = field(default_factory=dict)


def exportable(
    network: nn.Module, task: Task, size: tuple[int, int], dynamic: Sequence[str]
) -> Exportable:
    """Return what is exported of a network.

    Args:
        network: of a bundle, in float32.
        task: its task.
        size: (height, width) of the axes that may not vary.
        dynamic: names of the axes that may vary.
    """
    minimum = _smallest_side(network, task)
    images = images_input(size, dynamic, minimum)
    if not isinstance(task, ObjectTask):
        settings = {"top_k": task.top_k} if isinstance(task, Classification) else {}
        part = Part(network, (images,), ("logits",))
        return Exportable({FIRST_PART: part}, minimum, settings)
    assert isinstance(network, Detector)
    detector: Any = network.network
    one_stage = isinstance(detector, RetinaNet)
    parts, anchors = (retinanet_parts if one_stage else two_stage_parts)(detector, images)
    limits = asdict(task.limits) | {"score_threshold": task.threshold}
    return Exportable(
        parts, minimum, limits | {"detector": task.detector_settings.detector} | anchors
    )


def _smallest_side(network: nn.Module, task: Task) -> int:
    """Return the smallest side of an image, in pixels, that a network takes."""
    if isinstance(task.batching, Stacked):
        return _STRIDE
    norms = [one for one in network.modules() if isinstance(one, nn.GroupNorm)]
    # The other networks pad; norms of one channel per group need a coarsest map of several cells.
    return _STRIDE + 1 if any(one.num_groups == one.num_channels for one in norms) else 1
