"""What a check measures, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Plan:
    """The settings of a check.

    Attributes:
        device: the device to check; on a CPU, networks run eagerly and no graph is captured.
        models: this library's; the first is measured in every way.
        against: timm's, beside the first.
        image_size: side of the images, in pixels.
        batch_size: images of a large batch.
        seconds: least time of a comparison's measurement.
        tests: folder of the tests with the mark `gpu`.
    """

    device: torch.device
    models: tuple[str, ...]
    against: tuple[str, ...]
    image_size: int
    batch_size: int
    seconds: float
    tests: Path

    @property
    def without_python(self) -> str:
        """The path on which Python takes no time, if the device has one."""
        return "captured" if self.device.type == "cuda" else "eager"
