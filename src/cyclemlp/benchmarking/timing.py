"""Timing functions in turn, and the matrix product that their times are compared with."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles

import torch

Call = Callable[[], object]
Clock = Callable[[], float]

CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "processor": time.process_time}

# Sides of the square matrices whose product gives the machine's rate. A processor without an
# instruction for a precision can take half a minute for the largest one.
_SIDES = (256, 512, 1024, 2048)
_LONGEST = 1.0  # seconds that the next larger product may take
_FEWEST_ROUNDS = 3
_SHORTEST = 5e-3  # seconds: much longer than waiting for a device and reading the clock take


@dataclass(frozen=True)
class Times:
    """Seconds per call: the median and the quartiles.

    Attributes:
        median: seconds.
        low: lower quartile.
        high: upper quartile.
        rounds: number of measured calls.
    """

    median: float
    low: float
    high: float
    rounds: int


def interleaved(
    calls: dict[str, Call], device: torch.device, seconds: float, clock: Clock = time.perf_counter
) -> dict[str, Times]:
    """Time functions in turn, one call each per round, so that disturbances affect all of them.

    Each round has a random order, so that what a call leaves in caches affects all of them too. The
    orders are the same in every run.

    Args:
        calls: name to function, warmed up.
        device: the device that computes.
        seconds: no round begins after this time, from the third round on.
        clock: read before and after each call, in seconds.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    order, begun, drawn = list(calls), time.perf_counter(), random.Random(0)
    while len(taken[order[0]]) < _FEWEST_ROUNDS or time.perf_counter() - begun < seconds:
        drawn.shuffle(order)
        for name in order:
            taken[name].append(_seconds(calls[name], device, clock))
    return {name: _times(values) for name, values in taken.items()}


def matrix_product(
    dtype: torch.dtype, device: torch.device, clock: Clock = time.perf_counter
) -> tuple[Call, float]:
    """Return a large square matrix product and its FLOPs, to measure the machine's highest rate.

    The matrices are as large as one product of about a second permits, at most 2048 × 2048. One
    call repeats the product until it takes some milliseconds. The FLOPs are those of all repeats.
    """
    side, product = _largest_product(dtype, device, clock)
    repeats = 1

    def call() -> None:
        for _ in range(repeats):
            product()

    while _seconds(call, device, clock) < _SHORTEST:
        repeats *= 2
    return call, 2.0 * side**3 * repeats


def _largest_product(dtype: torch.dtype, device: torch.device, clock: Clock) -> tuple[int, Call]:
    """Return a product that takes about a second at most, called once, and its side."""
    *smaller, last = _SIDES
    for side in smaller:
        product = _product(side, dtype, device)
        product()  # libraries choose their kernels in the first call
        if 8 * _seconds(product, device, clock) > _LONGEST:
            return side, product
    product = _product(last, dtype, device)
    product()
    return last, product


def _product(side: int, dtype: torch.dtype, device: torch.device) -> Call:
    left = torch.randn(side, side, device=device).to(dtype)
    right = torch.randn(side, side, device=device).to(dtype)
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out)


def _seconds(call: Call, device: torch.device, clock: Clock) -> float:
    _wait(device)
    begun = clock()
    call()
    _wait(device)
    return clock() - begun


def _wait(device: torch.device) -> None:
    """Wait until the device has finished its queued work."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def _times(values: list[float]) -> Times:
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Times(median, low, high, len(values))
