"""The processor's threads, divided between the batches that are computed at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch


class ThreadShares:
    """Gives each batch an equal part of the threads that torch computes with.

    A batch alone gets all threads, for the least latency. Several batches beside each other get
    fewer each: the threads of a batch wait for each other after each operator, and with more
    threads than cores they mostly wait.

    Args:
        threads: to divide; by default those of torch.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or torch.get_num_threads()
        self._batches = 0
        self._lock = Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Let the calling thread compute with its part of the threads, within the context."""
        with self._lock:
            self._batches += 1
            share = max(1, self.threads // self._batches)
        try:
            if torch.get_num_threads() != share:  # OpenMP keeps this number for each thread
                torch.set_num_threads(share)
            yield
        finally:
            with self._lock:
                self._batches -= 1
