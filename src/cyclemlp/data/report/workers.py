"""Checking the samples of a split, in this process or in several."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext

from cyclemlp.data.split import Check, Split

CHUNK = 64
"""Number of samples that a process checks between two reports of progress."""

_LARGE = 2_000  # for fewer files, starting processes takes longer than reading the files


def default_workers(total: int) -> int:
    """Return the number of processes for a number of files; 0 is this process."""
    return (os.cpu_count() or 1) if total >= _LARGE else 0


def checks_of(split: Split, workers: int, context: BaseContext | None = None) -> Iterator[Check]:
    """Check every sample of a split, in order.

    Args:
        split: the split.
        workers: number of processes; 0 checks in this process.
        context: how processes are started; the default is the platform's.
    """
    if workers == 0:
        yield from map(split.check, range(len(split)))
        return
    with ProcessPoolExecutor(workers, context, _start_worker, (split,)) as pool:
        yield from pool.map(_check, range(len(split)), chunksize=CHUNK)


_split: Split | None = None  # the split of a worker process, sent once and not with every task


def _start_worker(split: Split) -> None:
    global _split
    _split = split
    # A forked process inherits live objects and must not finalize them during garbage collection:
    # the finalizer of a data loader would stop worker processes that belong to the parent.
    gc.freeze()


def _check(index: int) -> Check:
    assert _split is not None
    return _split.check(index)
