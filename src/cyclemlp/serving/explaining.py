"""What a served network offers for looking inside it."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor

from cyclemlp.bundle.predictor import Predictor


class Region(NamedTuple):
    """A part of a picture; each value is a fraction of the picture's side."""

    left: float
    top: float
    right: float
    bottom: float


@runtime_checkable
class Explains(Protocol):
    """A network whose feature maps can be seen. Not every `Servable` is one."""

    def features(self, image: Tensor) -> list[Tensor]:
        """Return the feature maps ``(1, C, h, w)`` of an input ``(1, 3, H, W)``, finest first."""
        ...

    def region(self, size: tuple[int, int]) -> Region:
        """Return the part of a picture of (height, width) that the network's input shows."""
        ...


def shown_region(predictor: Predictor, size: tuple[int, int]) -> Region:
    """Return the part of a picture that a predictor's input shows; see `Explains.region`."""
    if predictor.task.pictures:  # dense tasks show all of it
        return Region(0, 0, 1, 1)
    height, width = predictor.preprocessing.image_size
    share = predictor.preprocessing.crop_pct
    factor = min(size[0] * share / height, size[1] * share / width)
    down, across = min(1, height * factor / size[0]), min(1, width * factor / size[1])
    return Region((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2)
