"""What the service needs of a thing that predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from PIL import Image
from torch import Tensor

from cyclemlp.tasks.prediction import Prediction


class Predicts(Protocol):
    """Predicts prepared pictures; `cyclemlp.bundle.predictor.Predictor` is one."""

    @property
    def transform(self) -> Callable[[Image.Image], Tensor]:
        """From an RGB picture to the network's input ``(3, H, W)``."""
        ...

    @property
    def images_at_once(self) -> int:
        """Greatest number of inputs for one call of `predict`."""
        ...

    def predict(
        self, inputs: Sequence[Tensor], sizes: Sequence[tuple[int, int]]
    ) -> Sequence[Prediction]:
        """Predict prepared pictures.

        Args:
            inputs: the network's inputs, all of one size.
            sizes: (height, width) of each original picture, in pixels.
        """
        ...


class Servable(Protocol):
    """A network that can be served, with any settings of its task.

    Attributes:
        name: the name by which requests choose it.
        task: name of the task.
        settings: names of the task's settings.
        classes: names of the classes.
        colors: red, green and blue of each class; empty if the task has none.
    """

    name: str
    task: str
    settings: frozenset[str]
    classes: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]

    @property
    def parallel(self) -> bool:
        """Whether several threads may predict at the same time, and gain by it."""
        ...

    def predictor(self, settings: Mapping[str, Any]) -> Predicts:
        """Return what predicts with these settings of the task; the network is shared.

        Raises:
            ValueError: the task refuses a setting.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """Return what ``GET /v1/models`` shows: JSON types."""
        ...

    def probe(self) -> Image.Image:
        """Return a picture of the size that the network was trained with, to warm up with."""
        ...
