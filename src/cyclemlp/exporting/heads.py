"""What is exported of each kind of network, and what the decoder has to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn
from torchvision.models.detection.retinanet import RetinaNet

from cyclemlp.exporting.nms.parts import whole_parts
from cyclemlp.exporting.part import STRIDE, Part, images_input
from cyclemlp.exporting.retinanet import retinanet_parts
from cyclemlp.exporting.two_stage import two_stage_parts
from cyclemlp.runtime.config import FIRST_PART
from cyclemlp.runtime.decoding.suppressed import FIXED
from cyclemlp.tasks.batching import Stacked
from cyclemlp.tasks.classification.task import Classification
from cyclemlp.tasks.contract import Task
from cyclemlp.tasks.detection.network import Detector
from cyclemlp.tasks.detection.objects import ObjectTask


@dataclass(frozen=True)
class Exportable:
    """A network for export.

    Attributes:
        parts: keyed by name; the first one takes the images.
        minimum: smallest side of an image, in pixels.
        settings: of the predictions, for the runtime's decoder of the task.
    """

    parts: dict[str, Part]
    minimum: int
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def ends_in_objects(self) -> bool:
        """Whether the graph's outputs are objects, whose number depends on the image."""
        return FIXED in self.settings


def exportable(
    network: nn.Module,
    task: Task,
    size: tuple[int, int],
    dynamic: Sequence[str],
    nms: bool = False,
) -> Exportable:
    """Return what is exported of a network.

    Args:
        network: of a bundle, in float32.
        task: its task.
        size: (height, width) of the axes that may not vary.
        dynamic: names of the axes that may vary.
        nms: whether a detector is one graph, which suppresses boxes too; its batch size is 1.
    """
    minimum = STRIDE if isinstance(task.batching, Stacked) else 1  # the other networks pad
    images = images_input(size, dynamic, minimum)
    if not isinstance(task, ObjectTask):
        settings = {"top_k": task.top_k} if isinstance(task, Classification) else {}
        part = Part(network, (images,), ("logits",))
        return Exportable({FIRST_PART: part}, max(minimum, _norms_minimum(network)), settings)
    assert isinstance(network, Detector)
    detector: Any = network.network
    limits = asdict(task.limits) | {"score_threshold": task.threshold}
    limits["detector"] = task.detector_settings.detector
    if nms:
        parts = whole_parts(detector, task.limits, images)
        return Exportable(parts, minimum, limits | {FIXED: asdict(task.limits)})
    one_stage = isinstance(detector, RetinaNet)
    parts, anchors = (retinanet_parts if one_stage else two_stage_parts)(detector, images)
    return Exportable(parts, minimum, limits | anchors)


def _norms_minimum(network: nn.Module) -> int:
    """Return the smallest side at which no group of a norm has a single value.

    Torch refuses such a group, or normalizes its rounding error, and so do the graphs: a group of
    one channel needs a coarsest map of two cells. The graph's own axes keep their smaller bound,
    since torch cannot trace the norms' question within this one.
    """
    norms = [one for one in network.modules() if isinstance(one, nn.GroupNorm)]
    return STRIDE + 1 if any(one.num_groups == one.num_channels for one in norms) else 1
