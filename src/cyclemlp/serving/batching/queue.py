"""A bounded queue that gives out batches of jobs of one group."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from cyclemlp.serving.batching.job import Job


class QueueFull(Exception):  # noqa: N818
    """As many jobs wait as the queue holds."""


class QueueClosed(Exception):  # noqa: N818
    """The queue takes no more jobs."""


class JobQueue:
    """Jobs in the order of their arrival.

    Args:
        capacity: maximum number of waiting jobs.
        max_batch: maximum number of jobs in a batch.
        max_wait: seconds that the oldest job waits for others of its group. It does not wait while
            no request is arriving, because none could join it.
        max_memory: bytes that all waiting jobs may take; a single one may take more.
    """

    def __init__(
        self, capacity: int, max_batch: int, max_wait: float, max_memory: int = 2**30
    ) -> None:
        self._capacity, self._max_batch, self._max_wait = capacity, max_batch, max_wait
        self._max_memory = max_memory
        self._jobs: deque[Job] = deque()
        self._arriving = 0
        self._open = True
        self._change = Condition()

    def __len__(self) -> int:
        return len(self._jobs)

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Announce a job: batches wait for it, up to `max_wait`."""
        self._announce(1)
        try:
            yield
        finally:
            self._announce(-1)

    def _announce(self, change: int) -> None:
        with self._change:
            self._arriving += change
            if not self._arriving:
                self._change.notify_all()

    def put(self, job: Job) -> None:
        """Add a job.

        Raises:
            QueueFull: as many jobs wait as the queue holds, or as large ones; abandoned ones do
                not count.
            QueueClosed: `close` was called.
        """
        with self._change:
            if not self._open:
                raise QueueClosed
            if self._is_full(job):
                self._jobs = deque(job for job in self._jobs if not job.future.cancelled())
            if self._is_full(job):
                raise QueueFull
            self._jobs.append(job)
            self._change.notify_all()

    def _is_full(self, job: Job) -> bool:
        if not self._jobs:
            return False
        memory = sum(one.memory for one in self._jobs) + job.memory
        return len(self._jobs) >= self._capacity or memory > self._max_memory

    def close(self) -> None:
        """Take no more jobs; `batch` gives out those that are there, and then None."""
        with self._change:
            self._open = False
            self._change.notify_all()

    def batch(self) -> list[Job] | None:
        """Wait for the next batch: jobs of the oldest one's group. None after `close`."""
        with self._change:
            while True:
                jobs = self._of_one_group()
                if not jobs and not self._open:
                    return None
                wait = self._wait_for_more(jobs) if jobs else None
                if wait is not None and wait <= 0:
                    self._jobs = deque(job for job in self._jobs if job not in jobs)
                    return jobs
                self._change.wait(wait)

    def _of_one_group(self) -> list[Job]:
        if not self._jobs:
            return []
        first = self._jobs[0]
        most = min(self._max_batch, first.predictor.images_at_once)
        return [job for job in self._jobs if job.group == first.group][:most]

    def _wait_for_more(self, jobs: list[Job]) -> float:
        """Return the seconds that a batch may still wait for more jobs."""
        most = min(self._max_batch, jobs[0].predictor.images_at_once)
        if len(jobs) >= most or not self._arriving or not self._open:
            return 0
        return jobs[0].arrived + self._max_wait - time.monotonic()
