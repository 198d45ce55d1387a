"""One picture that waits for a forward pass."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor

from cyclemlp.data.images.picture import Picture, size_of
from cyclemlp.serving.servable import Predicts
from cyclemlp.tasks.prediction import Prediction


class Answer(NamedTuple):
    """A prediction, and what it took.

    Attributes:
        prediction: of the picture.
        queued: seconds between the end of preparing and the forward pass.
        seconds: of the forward pass, which the whole batch shared.
        batch: pictures in it.
    """

    prediction: Prediction
    queued: float
    seconds: float
    batch: int


@dataclass(frozen=True, eq=False)
class Job:
    """A prepared picture.

    Attributes:
        predictor: predicts it.
        inputs: the network's input ``(C, H, W)``.
        size: (height, width) of the original picture, in pixels.
        settings: of the task; jobs of the same settings and input size can share a pass.
        arrived: the time at which it was created.
        future: gets the answer; cancelling it before its pass begins removes the job.
    """

    predictor: Predicts
    inputs: Tensor
    size: tuple[int, int]
    settings: Hashable = ()
    arrived: float = field(default_factory=time.monotonic)
    future: Future[Answer] = field(default_factory=Future)

    @property
    def memory(self) -> int:
        """Bytes that the input and the original picture take while the job waits."""
        return self.inputs.nbytes + 3 * self.size[0] * self.size[1]

    @property
    def group(self) -> Hashable:
        """Equal for jobs that can share a forward pass."""
        return self.settings, tuple(self.inputs.shape)


def prepared(predictor: Predicts, picture: Picture, settings: Mapping[str, Any]) -> Job:
    """Return the job of a picture."""
    key = tuple(sorted((name, str(value)) for name, value in settings.items()))
    return Job(predictor, predictor.transform(picture), size_of(picture), key)
