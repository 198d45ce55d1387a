"""What is explained in each task: a class of the image, the pixels of a class, an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from cyclemlp.explaining.evidence import Score
from cyclemlp.explaining.grids import Size

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the network's input."""


@dataclass(frozen=True)
class Target:
    """One part of a prediction.

    Attributes:
        label: the class.
        about: figures of the prediction, JSON types only.
        text: the same for people.
        score: what is explained.
        region: ``(H, W)``, true where the prediction is; None if it is of the whole image.
        box: of an object.
    """

    label: str
    about: dict[str, Any]
    text: str
    score: Score
    region: Tensor | None = None
    box: Box | None = None


@dataclass(frozen=True)
class Question:
    """What is asked about one image.

    Attributes:
        task: of the network.
        network: whose prediction is explained.
        image: ``(1, C, H, W)``, the network's input.
        original: size of the image before it was resized, in pixels.
        classes: the chosen ones; none for those of the prediction.
        most: largest number of targets, if no classes are chosen; of objects, always.
    """

    task: Any
    network: nn.Module
    image: Tensor
    original: Size
    classes: Sequence[str]
    most: int

    def indices(self, order: Sequence[int]) -> Sequence[int]:
        """Return the chosen classes, or the first ones of the prediction's order."""
        return [self.task.classes.index(name) for name in self.classes] or order[: self.most]


def targets(question: Question) -> list[Target]:
    """Return what is explained of one image."""
    # With gradients, as when it is explained: a network may compute in another order without.
    image = question.image.clone().requires_grad_()
    with torch.enable_grad():
        return _OF_TASK[question.task.name](replace(question, image=image))


def _of_image(asked: Question) -> list[Target]:
    """Explain the logit of a class."""
    task, network = asked.task, asked.network
    probabilities = task.infer(network, asked.image)[0].softmax(0).tolist()
    order = sorted(range(len(probabilities)), key=lambda index: -probabilities[index])
    return [
        Target(
            task.classes[index],
            {"probability": probabilities[index]},
            f"{probabilities[index]:.1%}",
            lambda x, index=index: task.infer(network, x)[:, index],
        )
        for index in asked.indices(order)
    ]


def _of_pixels(asked: Question) -> list[Target]:
    """Explain the mean logit of a class over its pixels; over all if it was found nowhere."""
    task, network = asked.task, asked.network
    labels = task.infer(network, [asked.image[0]])[0].argmax(0)
    counts = labels.flatten().bincount(minlength=len(task.classes)).tolist()
    order = [i for i in sorted(range(len(counts)), key=lambda i: -counts[i]) if counts[i]]
    found = []
    for index in asked.indices(order):
        region = labels == index
        share = counts[index] / labels.numel()
        counted = region if counts[index] else torch.ones_like(region)

        def score(x: Tensor, index: int = index, counted: Tensor = counted) -> Tensor:
            return task.infer(network, [x[0]])[0][index][counted].mean()[None]

        about = {"share": share}
        found.append(Target(task.classes[index], about, f"{share:.1%}", score, region))
    return found


def _of_objects(asked: Question) -> list[Target]:
    """Explain the score of an object, as its logit."""
    task, network, image = asked.task, asked.network, asked.image
    found = task.infer(network, [image[0]])[0]
    scale = [asked.original[1] / image.shape[-1], asked.original[0] / image.shape[-2]] * 2
    made = []
    for index, confidence in enumerate(found["scores"].tolist()):
        label = task.classes[int(found["labels"][index])]
        if confidence < task.threshold or (asked.classes and label not in asked.classes):
            continue
        left, top, right, bottom = found["boxes"][index].tolist()
        box = (left, top, right, bottom)

        def score(x: Tensor, index: int = index) -> Tensor:
            return task.infer(network, [x[0]])[0]["scores"][index].logit(1e-6)[None]

        pixels = [side * factor for side, factor in zip(box, scale, strict=True)]
        about = {"score": confidence, "box": pixels}
        region = _inside(box, image)
        made.append(Target(label, about, f"{confidence:.0%}", score, region, box))
    return made[: asked.most]


def _inside(box: Box, image: Tensor) -> Tensor:
    """Return ``(H, W)``, true for pixels whose middle is in the box."""
    height, width = image.shape[-2:]
    rows = torch.arange(height, device=image.device)[:, None] + 0.5
    columns = torch.arange(width, device=image.device) + 0.5
    left, top, right, bottom = box
    return (rows > top) & (rows < bottom) & (columns > left) & (columns < right)


_OF_TASK: dict[str, Callable[[Question], list[Target]]] = {
    "classify": _of_image,
    "segment": _of_pixels,
    "detect": _of_objects,
    "instance": _of_objects,
}
