"""Time, memory and agreement of several functions that do the same."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import torch

Call = Callable[[], object]
Clock = Callable[[], float]

_SIDE = 2048  # of the square matrix product whose rate is the machine's
_FEWEST_ROUNDS = 3


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

    Args:
        calls: name to function, warmed up.
        device: where they compute.
        seconds: after which no round begins, from the third round on.
        clock: what is read before and after a call, in seconds.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    order, begun = list(calls), time.perf_counter()
    while len(taken[order[0]]) < _FEWEST_ROUNDS or time.perf_counter() - begun < seconds:
        for name in order:
            taken[name].append(_seconds(calls[name], device, clock))
        order = order[1:] + order[:1]  # nobody always follows the same neighbour
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


def matrix_product(dtype: torch.dtype, device: torch.device) -> tuple[Call, float]:
    """A large square product, and its FLOPs: what the machine reaches at best."""
    left = torch.randn(_SIDE, _SIDE, device=device).to(dtype)
    right = torch.randn(_SIDE, _SIDE, device=device).to(dtype)
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out), 2.0 * _SIDE**3


def peak_memory(call: Call, device: torch.device) -> int:
    """Bytes of tensors alive at once during a call, over those before it."""
    if device.type != "cpu":
        torch.accelerator.reset_peak_memory_stats(device)
        before = torch.accelerator.memory_allocated(device)
        call()
        return torch.accelerator.max_memory_allocated(device) - before
    with _silence(), torch.profiler.profile(profile_memory=True) as profile:
        call()
    results = profile.profiler
    assert results is not None
    assert results.kineto_results is not None
    found: list[Any] = results.kineto_results.events()
    events = [e for e in found if e.name() == "[memory]"]
    alive = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        alive += event.nbytes()
        peak = max(peak, alive)
    return peak


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


def difference(got: Iterable[torch.Tensor], expected: Iterable[torch.Tensor]) -> float:
    """Distance of two lists of tensors over the length of the second, in double precision."""
    distance = length = 0.0
    for ours, theirs in zip(got, expected, strict=True):
        distance += (ours.double() - theirs.double()).square().sum().item()
        length += theirs.double().square().sum().item()
    return (distance / length) ** 0.5 if length else float(distance > 0)
