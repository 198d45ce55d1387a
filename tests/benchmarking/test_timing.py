"""Times that can be computed by hand."""

from __future__ import annotations

import itertools
from collections import Counter
from functools import partial

import pytest
import torch

from cyclemlp.benchmarking import timing
from cyclemlp.benchmarking.timing import Call, interleaved, matrix_product

CPU = torch.device("cpu")


def test_every_round_calls_each_function_in_a_random_order(monkeypatch):
    monkeypatch.setattr(timing, "_FEWEST_ROUNDS", 60)
    called: list[str] = []
    calls: dict[str, Call] = {name: partial(called.append, name) for name in "abcd"}
    times = interleaved(calls, CPU, seconds=0)
    assert {t.rounds for t in times.values()} == {60}
    rounds = [called[i : i + 4] for i in range(0, 240, 4)]
    assert all(sorted(names) == list("abcd") for names in rounds)
    follows = Counter(itertools.pairwise(called))
    assert all(5 <= follows[pair] <= 30 for pair in itertools.permutations("abcd", 2))
    again = list(called)
    called.clear()
    interleaved(calls, CPU, seconds=0)
    assert called == again


def test_medians_and_quartiles_of_a_known_clock():
    ticks = itertools.accumulate(itertools.chain(*((0, t) for t in (1.0, 2.0, 9.0))))
    times = interleaved({"a": lambda: None}, CPU, seconds=0, clock=lambda: next(ticks))
    assert (times["a"].low, times["a"].median, times["a"].high) == (1.5, 2.0, 5.5)


def test_rounds_continue_for_the_given_seconds():
    assert interleaved({"a": lambda: None}, CPU, seconds=0.05)["a"].rounds > 3


def test_a_device_beside_the_cpu_is_waited_for_around_every_call(monkeypatch):
    place, events = torch.device("cuda", 1), []
    monkeypatch.setattr(torch.accelerator, "synchronize", events.append)
    interleaved({"a": lambda: events.append("call")}, place, seconds=0)
    assert events == [place, "call", place] * 3


@pytest.mark.parametrize(
    ("gflops", "side", "repeats"),
    [
        (1e3, 1024, 4),  # 2 ms a product: repeated until it takes 5 ms
        (100.0, 1024, 1),  # 21 ms
        (1.0, 512, 1),  # 0.3 s; the next larger one would take 2 s
    ],
)
def test_the_matrix_product_takes_milliseconds_on_any_machine(monkeypatch, gflops, side, repeats):
    now, multiplied = 0.0, []

    def mm(left, right, out):
        nonlocal now
        now += 2 * len(left) ** 3 / (1e9 * gflops)
        multiplied.append(len(left))

    monkeypatch.setattr(timing, "_SIDES", (256, 512, 1024))
    monkeypatch.setattr(torch, "mm", mm)
    call, flops = matrix_product(torch.float32, CPU, lambda: now)
    multiplied.clear()
    call()
    assert multiplied == [side] * repeats
    assert flops == 2 * side**3 * repeats
