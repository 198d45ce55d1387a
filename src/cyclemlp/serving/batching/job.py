"""One picture that waits for a forward pass."""

from __future__ import annotations

import time
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

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
        inputs: the network's input ``(3, H, W)``.
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
