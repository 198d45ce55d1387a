"""What is explained in each task: a class of the image, the pixels of a class, an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from cyclemlp.explaining.evidence import Score
from cyclemlp.explaining.grids import Size
from cyclemlp.tasks.contract import Task

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


Targets: TypeAlias = Callable[[Task, nn.Module, Tensor, Size, Sequence[str], int], list[Target]]
"""Takes a task, its network, an image ``(1, C, H, W)``, the size of the original image, the chosen
classes (none for those of the prediction), and the largest number of targets."""


def targets(
    task: Task,
    network: nn.Module,
    image: Tensor,
    original: Size,
    classes: Sequence[str],
    most: int,
) -> list[Target]:
    """Return what is explained of one image; see `Targets`."""
    # With gradients, as when it is explained: a network may compute in another order without.
    with torch.enable_grad():
        return _OF_TASK[task.name](
            task, network, image.clone().requires_grad_(), original, classes, most
        )


def _of_image(
    task: Task,
    network: nn.Module,
    image: Tensor,
    original: Size,
    classes: Sequence[str],
    most: int,
) -> list[Target]:
    """Explain the logit of a class."""
    probabilities = task.infer(network, image)[0].softmax(0).tolist()
    order = sorted(range(len(probabilities)), key=lambda index: -probabilities[index])
    chosen = [task.classes.index(name) for name in classes] or order[:most]
    return [
        Target(
            task.classes[index],
            {"probability": probabilities[index]},
            f"{probabilities[index]:.1%}",
            lambda x, index=index: task.infer(network, x)[:, index],
        )
        for index in chosen
    ]


def _of_pixels(
    task: Task,
    network: nn.Module,
    image: Tensor,
    original: Size,
    classes: Sequence[str],
    most: int,
) -> list[Target]:
    """Explain the mean logit of a class over its pixels; over all if it was found nowhere."""
    labels = task.infer(network, [image[0]])[0].argmax(0)
    counts = labels.flatten().bincount(minlength=len(task.classes)).tolist()
    order = [i for i in sorted(range(len(counts)), key=lambda i: -counts[i]) if counts[i]]
    found = []
    for index in [task.classes.index(name) for name in classes] or order[:most]:
        region = labels == index
        share = counts[index] / labels.numel()
        counted = region if counts[index] else torch.ones_like(region)

        def score(x: Tensor, index: int = index, counted: Tensor = counted) -> Tensor:
            return task.infer(network, [x[0]])[0][index][counted].mean()[None]

        about = {"share": share}
        found.append(Target(task.classes[index], about, f"{share:.1%}", score, region))
    return found


def _of_objects(
    task: Any,
    network: nn.Module,
    image: Tensor,
    original: Size,
    classes: Sequence[str],
    most: int,
) -> list[Target]:
    """Explain the score of an object, as its logit."""
    found = task.infer(network, [image[0]])[0]
    scale = [original[1] / image.shape[-1], original[0] / image.shape[-2]] * 2
    made = []
    for index, confidence in enumerate(found["scores"].tolist()):
        label = task.classes[int(found["labels"][index])]
        if confidence < task.threshold or (classes and label not in classes):
            continue
        left, top, right, bottom = found["boxes"][index].tolist()
        box = (left, top, right, bottom)

        def score(x: Tensor, index: int = index) -> Tensor:
            return task.infer(network, [x[0]])[0]["scores"][index].logit(1e-6)[None]

        pixels = [side * factor for side, factor in zip(box, scale, strict=True)]
        about = {"score": confidence, "box": pixels}
        region = _inside(box, image)
        made.append(Target(label, about, f"{confidence:.0%}", score, region, box))
    return made[:most]


def _inside(box: Box, image: Tensor) -> Tensor:
    """Return ``(H, W)``, true for pixels whose middle is in the box."""
    height, width = image.shape[-2:]
    rows = torch.arange(height, device=image.device)[:, None] + 0.5
    columns = torch.arange(width, device=image.device) + 0.5
    left, top, right, bottom = box
    return (rows > top) & (rows < bottom) & (columns > left) & (columns < right)


_OF_TASK: dict[str, Targets] = {
    "classify": _of_image,
    "segment": _of_pixels,
    "detect": _of_objects,
    "instance": _of_objects,
}
