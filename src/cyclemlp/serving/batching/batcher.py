"""The threads of a network, which predict the waiting pictures in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread

from cyclemlp.serving.batching.job import Answer, Job
from cyclemlp.serving.batching.queue import JobQueue
from cyclemlp.serving.batching.shares import ThreadShares


class Batcher:
    """Predicts jobs in threads, each of which computes one batch at a time.

    Args:
        name: of the threads.
        queue: gives out the batches.
        observe: is called with the number of pictures of each batch and its seconds.
        workers: number of threads.
        shares: divides the processor between them.

    Attributes:
        deliver: calls a function in the thread where the answers of a batch are given out; by
            default at once, in the batcher's.
    """

    def __init__(
        self,
        name: str,
        queue: JobQueue,
        observe: Callable[[int, float], None] | None = None,
        workers: int = 1,
        shares: ThreadShares | None = None,
    ) -> None:
        self.queue = queue
        self.deliver: Callable[[Callable[[], None]], object] = lambda give: give()
        self._observe = observe or (lambda pictures, seconds: None)
        self._shares = shares or ThreadShares()
        self._threads = [
            Thread(target=self._work, name=f"batcher-{name}-{number}", daemon=True)
            for number in range(workers)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self, timeout: float | None = None) -> None:
        """Predict what waits, and end the threads.

        Args:
            timeout: seconds to wait for them.
        """
        self.queue.close()
        end = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            if thread.is_alive():
                thread.join(None if end is None else max(0, end - time.monotonic()))

    def _work(self) -> None:
        while (batch := self.queue.batch()) is not None:
            # A client that went away, or whose deadline has passed, has cancelled its job.
            jobs = [job for job in batch if job.future.set_running_or_notify_cancel()]
            if jobs:
                with self._shares.one():
                    self._answer(jobs)

    def _answer(self, jobs: list[Job]) -> None:
        begun = time.monotonic()
        try:
            inputs, sizes = [job.inputs for job in jobs], [job.size for job in jobs]
            predictions = jobs[0].predictor.predict(inputs, sizes)
        except Exception as error:
            self._fail(jobs, error)
            return
        seconds = time.monotonic() - begun
        self._observe(len(jobs), seconds)
        answers = [
            Answer(prediction, begun - job.arrived, seconds, len(jobs))
            for job, prediction in zip(jobs, predictions, strict=True)
        ]
        self.deliver(partial(_give, jobs, answers))

    def _fail(self, jobs: list[Job], error: Exception) -> None:
        """Predict the jobs of a failed batch one by one, so that one does not spoil the others."""
        if len(jobs) == 1:
            jobs[0].future.set_exception(error)
            return
        for job in jobs:
            self._answer([job])


def _give(jobs: Sequence[Job], answers: Sequence[Answer]) -> None:
    for job, answer in zip(jobs, answers, strict=True):
        job.future.set_result(answer)
