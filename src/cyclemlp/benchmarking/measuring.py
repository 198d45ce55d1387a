"""Time, memory and agreement of several functions that do the same."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import torch
from torch._C._profiler import _ExtraFields_Allocation

Call = Callable[[], object]
Clock = Callable[[], float]

_SIDE = 2048  # of the square matrix product whose rate is the machine's
_FEWEST_ROUNDS = 3
_NOTHING = 1e-2  # of the typical value
_SHORTEST = 5e-3  # seconds: beside it, waiting for a device and reading the clock are nothing


@dataclass(frozen=True)
class Times:
    """Seconds a call: the median and the quartiles around it.

    Attributes:
        median: seconds.
        low: a quarter of the calls took less.
        high: a quarter took more.
        rounds: calls measured.
    """

    median: float
    low: float
    high: float
    rounds: int


def interleaved(
    calls: dict[str, Call], device: torch.device, seconds: float, clock: Clock = time.perf_counter
) -> dict[str, Times]:
    """Time functions in turn, one call each a round, so that disturbances meet them all alike.

    Every round has an order of its own, the same in every run: what a neighbour leaves in caches
    meets all of them alike too.

    Args:
        calls: name to function, warmed up.
        device: where they compute.
        seconds: after which no round begins, from the third round on.
        clock: what is read before and after a call, in seconds.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    order, begun, drawn = list(calls), time.perf_counter(), random.Random(0)
    while len(taken[order[0]]) < _FEWEST_ROUNDS or time.perf_counter() - begun < seconds:
        drawn.shuffle(order)
        for name in order:
            taken[name].append(_seconds(calls[name], device, clock))
    return {name: _times(values) for name, values in taken.items()}


def _seconds(call: Call, device: torch.device, clock: Clock) -> float:
    wait(device)
    begun = clock()
    call()
    wait(device)
    return clock() - begun


def wait(device: torch.device) -> None:
    """Until the device has done all it was given."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def _times(values: list[float]) -> Times:
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Times(median, low, high, len(values))


def matrix_product(
    dtype: torch.dtype, device: torch.device, clock: Clock = time.perf_counter
) -> tuple[Call, float]:
    """A large square product, and its FLOPs: what the machine reaches at best.

    One call repeats it until it takes some milliseconds, and the FLOPs are those of all repeats.
    """
    left = torch.randn(_SIDE, _SIDE, device=device).to(dtype)
    right = torch.randn(_SIDE, _SIDE, device=device).to(dtype)
    out, repeats = torch.empty_like(left), 1

    def call() -> None:
        for _ in range(repeats):
            torch.mm(left, right, out=out)

    call()  # libraries choose their kernels
    while _seconds(call, device, clock) < _SHORTEST:
        repeats *= 2
    return call, 2.0 * _SIDE**3 * repeats


def peak_memory(call: Call, device: torch.device) -> int:
    """Bytes of tensors alive at once during a call, over those before it.

    What the call frees of earlier tensors makes no room on the CPU and does on an accelerator:
    release it before.
    """
    if device.type != "cpu":
        torch.accelerator.reset_peak_memory_stats(device)
        before = torch.accelerator.memory_allocated(device)
        call()
        return torch.accelerator.max_memory_allocated(device) - before
    with _silence(), torch.profiler.profile(profile_memory=True) as profile:
        call()
    sizes: dict[int, int] = {}  # of what the call allocated, by address
    alive = peak = 0
    for event in _allocations(profile):
        if event.alloc_size > 0:
            sizes[event.ptr] = event.alloc_size
            alive += event.alloc_size
        else:  # of earlier tensors the profiler sees some releases, of those it saw made
            alive -= sizes.pop(event.ptr, 0)
        peak = max(peak, alive)
    return peak


def _allocations(profile: torch.profiler.profile) -> list[Any]:
    """Allocated and (of negative size) freed memory, in order of time."""
    results = profile.profiler
    assert results is not None
    assert results.kineto_results is not None
    events = list(results.kineto_results.experimental_event_tree())
    for event in events:  # grows as it goes
        events += event.children
    found = [e for e in events if isinstance(e.extra_fields, _ExtraFields_Allocation)]
    return [e.extra_fields for e in sorted(found, key=lambda e: e.start_time_ns)]


@contextmanager
def _silence() -> Iterator[None]:
    """The profiler's library writes to the process's standard error whatever it is told."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def differences(got: Iterable[torch.Tensor], expected: Iterable[torch.Tensor]) -> list[float]:
    """Distance of each tensor to the one expected, over that one's length, in double precision.

    Rounding errors of a tensor that ought to be zero are as large as it is. Where its values are
    `_NOTHING` of the typical value of all tensors, its distance is taken over that instead.
    """
    pairs = [(g.double(), e.double()) for g, e in zip(got, expected, strict=True)]
    many = sum(e.numel() for _, e in pairs)
    typical = (sum(e.square().sum().item() for _, e in pairs) / many) ** 0.5
    return [_relative(g, e, _NOTHING * typical * e.numel() ** 0.5) for g, e in pairs]


def _relative(got: torch.Tensor, expected: torch.Tensor, shortest: float) -> float:
    distance = (got - expected).norm().item()
    length = max(expected.norm().item(), shortest)
    return distance / length if length else float(distance > 0)
