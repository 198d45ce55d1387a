"""The circumstances in which contestants are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch

from cyclemlp.tasks.common.backbones import create_network


@dataclass(frozen=True)
class Scenario:
    """One combination of circumstances.

    Attributes:
        subject: `"model"` or `"operator"`.
        work: `"inference"` or `"training"`.
        device: torch's name of the device, e.g. `"cpu"` or `"cuda:0"`.
        precision: `"float32"` or `"bfloat16"`, of weights and images.
        path: `"eager"`, `"compiled"` or `"captured"`, which replays a CUDA graph.
        batch_size: images per call.
        height: height of the images or, for an operator, of the feature map.
        width: width of the same.
        channels: channels of the operator; 0 for models.
    """

    subject: str
    work: str
    device: str
    precision: str
    path: str
    batch_size: int
    height: int
    width: int
    channels: int = 0

    def __str__(self) -> str:
        shape = f"{self.height}x{self.width}" + (f"x{self.channels}" if self.channels else "")
        how = f"{self.subject} {self.work} {self.precision} {self.path}"
        return f"{how}, {self.batch_size} x {shape} on {self.device}"


def every_scenario(
    model: str,
    subjects: Sequence[str],
    work: Sequence[str],
    devices: Sequence[str],
    precisions: Sequence[str],
    paths: Sequence[str],
    batch_sizes: Sequence[int],
    sizes: Sequence[tuple[int, int]],
) -> Iterator[Scenario]:
    """Yield a scenario for every combination of the lists.

    Args:
        model: the model at whose stages operators are compared.
        subjects: `"model"` and `"operator"`; other names are ignored.
        work: see `Scenario`, as the lists that follow.
        devices: torch's names.
        precisions: of weights and images.
        paths: how networks run.
        batch_sizes: images per call.
        sizes: (height, width) of the images, in pixels.
    """
    compared = [subject for subject in subjects if subject in ("model", "operator")]
    axes = (compared, work, devices, precisions, paths, batch_sizes, sizes)
    for subject, how, device, precision, path, batch, (height, width) in product(*axes):
        shapes = [(height, width, 0)]
        if subject == "operator":
            shapes = _stages(model, height, width)
        for shape in shapes:
            yield Scenario(subject, how, device, precision, path, batch, *shape)


def _stages(model: str, height: int, width: int) -> list[tuple[int, int, int]]:
    """Return the (height, width, channels) of the model's feature maps."""
    network: Any = create_network(model, device="meta").eval()
    images = torch.empty(1, 3, height, width, device="meta")
    maps = network.forward_intermediates(images, output_fmt="NHWC", intermediates_only=True)
    return [tuple(feature.shape[1:]) for feature in maps]
