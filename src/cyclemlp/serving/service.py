"""The models in memory, and the way of a picture through them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from PIL import Image

from cyclemlp.serving.batching.batcher import Batcher
from cyclemlp.serving.batching.job import Answer, Job
from cyclemlp.serving.batching.queue import JobQueue, QueueClosed, QueueFull
from cyclemlp.serving.batching.shares import ThreadShares
from cyclemlp.serving.faults import Fault, busy
from cyclemlp.serving.limits import Limits
from cyclemlp.serving.metrics import Metrics
from cyclemlp.serving.servable import Predicts, Servable

Result = TypeVar("Result")
_WORKERS = 4  # batches of a model at the same time, each of which takes memory


@dataclass(frozen=True)
class Lane:
    """A model, its queue and its threads."""

    servable: Servable
    batcher: Batcher

    @property
    def queue(self) -> JobQueue:
        """The pictures that wait for the model."""
        return self.batcher.queue


class Service:
    """Predicts pictures of many clients with several models.

    Args:
        servables: the models; the first one is the default.
        limits: of the service.

    Attributes:
        ready: whether the models have been warmed up.
        draining: whether new requests are refused because the service ends.
    """

    def __init__(self, servables: Sequence[Servable], limits: Limits) -> None:
        self.limits, self.metrics = limits, Metrics()
        self.ready = self.draining = False
        self._uploads = 0
        self._threads = ThreadPoolExecutor(min(8, os.cpu_count() or 1), "decoding")
        self._shares = ThreadShares()
        self.lanes = {servable.name: self._lane(servable) for servable in servables}

    def _lane(self, servable: Servable) -> Lane:
        limits, name = self.limits, servable.name
        queue = JobQueue(
            limits.max_queue, limits.max_batch, limits.max_wait, limits.max_queue_bytes
        )
        self.metrics.queue.labels(name).set_function(lambda: len(queue))
        workers = min(_WORKERS, self._shares.threads) if servable.parallel else 1
        observe = self.metrics.batch(name)
        return Lane(servable, Batcher(name, queue, observe, workers, self._shares))

    def answer_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give out all answers of a batch by one call of the event loop.

        One call an answer would let the event loop's thread interrupt the batcher's as often.
        """
        for lane in self.lanes.values():
            lane.batcher.deliver = loop.call_soon_threadsafe

    def warm(self) -> None:
        """Predict with every model once alone and once in a full batch, then start to answer."""
        for lane in self.lanes.values():
            predictor, picture = lane.servable.predictor({}), lane.servable.probe()
            inputs, size = predictor.transform(picture), (picture.height, picture.width)
            for count in {1, min(self.limits.max_batch, predictor.images_at_once)}:
                predictor.predict([inputs] * count, [size] * count)
            lane.batcher.start()
        self.ready = True

    def close(self) -> None:
        """Answer what was accepted, and end all threads."""
        for lane in self.lanes.values():
            lane.batcher.close(self.limits.deadline)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def lane(self, name: str | None) -> Lane:
        """Return a model, by default the first.

        Raises:
            Fault: there is no such model.
        """
        if name is None and self.lanes:
            return next(iter(self.lanes.values()))
        if name not in self.lanes:
            names = ", ".join(self.lanes)
            raise Fault(404, "model names a model", repr(str(name)[:60]), f"use one of: {names}")
        return self.lanes[name]

    def check_open(self) -> None:
        """Check that requests are accepted.

        Raises:
            Fault: the service starts or ends.
        """
        if self.draining:
            raise busy("a service that ends accepts no more", "a new request", 5)
        if not self.ready:
            raise busy("the models are warmed up first", "an early request", 2)

    @contextmanager
    def upload(self, lane: Lane) -> Iterator[None]:
        """Count a request while its body arrives and is decoded.

        Raises:
            Fault: too many do.
        """
        most = self.limits.max_uploads
        if self._uploads >= most:
            raise busy(f"at most {most} requests are received at the same time", "one more")
        self._uploads += 1
        self.metrics.uploads.set(self._uploads)
        try:
            with lane.queue.arriving():
                yield
        finally:
            self._uploads -= 1
            self.metrics.uploads.set(self._uploads)

    async def in_thread(self, work: Callable[..., Result], *args: Any) -> Result:
        """Run work of the processor, such as decoding, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    def enqueue(self, lane: Lane, job: Job) -> asyncio.Future[Answer]:
        """Put a picture into a model's queue.

        Raises:
            Fault: the queue is full, or the service ends.
        """
        try:
            lane.queue.put(job)
        except QueueFull:
            most = f"{self.limits.max_queue} pictures of {self.limits.max_queue_bytes} bytes"
            rule = f"at most {most} wait for a model"
            raise busy(rule, "one more") from None
        except QueueClosed:
            raise busy("a service that ends accepts no more", "a new request", 5) from None
        return asyncio.wrap_future(job.future)


def prepared(predictor: Predicts, image: Image.Image, settings: Mapping[str, Any]) -> Job:
    """Return the job of a picture."""
    key = tuple(sorted((name, str(value)) for name, value in settings.items()))
    return Job(predictor, predictor.transform(image), (image.height, image.width), key)
