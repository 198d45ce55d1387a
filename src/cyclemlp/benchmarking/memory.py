"""Peak memory of a call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._C._profiler import _ExtraFields_Allocation


def peak_memory(call: Callable[[], object], device: torch.device) -> int:
    """Return the bytes of tensors alive at once during a call, minus those alive before it.

    If the call frees tensors allocated before it, this lowers the result on an accelerator and not
    on the CPU: free them before the call.

    Args:
        call: the function to measure.
        device: the device that computes.
    """
    return _peak_on_cpu(call) if device.type == "cpu" else _peak_on_accelerator(call, device)


def _peak_on_accelerator(call: Callable[[], object], device: torch.device) -> int:
    torch.accelerator.reset_peak_memory_stats(device)
    before = torch.accelerator.memory_allocated(device)
    call()
    return torch.accelerator.max_memory_allocated(device) - before


def _peak_on_cpu(call: Callable[[], object]) -> int:
    with _silent_stderr(), torch.profiler.profile(profile_memory=True) as profile:
        call()
    sizes: dict[int, int] = {}  # address -> bytes that the call allocated there
    alive = peak = 0
    for event in _allocations(profile):
        if event.alloc_size > 0:
            sizes[event.ptr] = event.alloc_size
            alive += event.alloc_size
        else:  # the profiler also reports releases of memory that an earlier call allocated
            alive -= sizes.pop(event.ptr, 0)
        peak = max(peak, alive)
    return peak


def _allocations(profile: torch.profiler.profile) -> list[Any]:
    """Return the allocations and, with negative sizes, the releases, in order of time."""
    results = profile.profiler
    assert results is not None
    assert results.kineto_results is not None
    events = list(results.kineto_results.experimental_event_tree())
    for event in events:  # the list grows while it is read
        events += event.children
    found = [e for e in events if isinstance(e.extra_fields, _ExtraFields_Allocation)]
    return [e.extra_fields for e in sorted(found, key=lambda e: e.start_time_ns)]


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Redirect the process's standard error, since no setting silences the profiler's library."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
