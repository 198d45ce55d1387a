"""Times, memory and differences that can be worked out by hand."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from functools import partial

import pytest
import torch

from cyclemlp.benchmarking import timing
from cyclemlp.benchmarking.differences import differences
from cyclemlp.benchmarking.memory import peak_memory
from cyclemlp.benchmarking.timing import Call, interleaved, matrix_product

CPU = torch.device("cpu")


def test_every_round_calls_everyone_and_nobody_keeps_its_neighbour(monkeypatch):
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


def test_goes_on_for_the_seconds_it_was_given():
    assert interleaved({"a": lambda: None}, CPU, seconds=0.05)["a"].rounds > 3


def test_peak_memory_is_what_is_alive_at_once(capfd):
    def call() -> None:
        for _ in range(4):  # one after the other: two tensors are never alive together
            tensor = torch.empty(2**20)
            del tensor

    assert peak_memory(call, CPU) == pytest.approx(4 * 2**20, rel=0.01)
    assert capfd.readouterr().err == ""


def test_what_a_call_keeps_for_the_next_is_of_no_account():
    """The profiler sees the release of what was made while it watched, of nothing else."""
    kept: list[torch.Tensor] = [torch.empty(2**20)]

    def call() -> None:
        kept.clear()
        kept.append(torch.empty(2**20))

    assert [peak_memory(call, CPU) for _ in range(3)] == [4 * 2**20] * 3


def test_a_device_beside_the_cpu_is_waited_for_around_every_call(monkeypatch):
    place, events = torch.device("cuda", 1), []
    monkeypatch.setattr(torch.accelerator, "synchronize", events.append)
    interleaved({"a": lambda: events.append("call")}, place, seconds=0)
    assert events == [place, "call", place] * 3


def test_peak_memory_of_a_device_beside_the_cpu_is_its_own_count(monkeypatch):
    place, alive = torch.device("cuda", 1), {"now": 100, "peak": 900}  # of an earlier call

    def reset(device: torch.device) -> None:
        assert device == place
        alive["peak"] = alive["now"]

    def call() -> None:
        alive["peak"] = 142

    monkeypatch.setattr(torch.accelerator, "reset_peak_memory_stats", reset)
    monkeypatch.setattr(
        torch.accelerator, "memory_allocated", lambda d: alive["now"] * (d == place)
    )
    monkeypatch.setattr(torch.accelerator, "max_memory_allocated", lambda d: alive["peak"])
    assert peak_memory(call, place) == 42


def test_differences_are_relative():
    assert differences([torch.tensor([3.0, 4.0])], [torch.tensor([0.0, 4.0])]) == [0.75]
    assert differences([torch.zeros(2)], [torch.zeros(2)]) == [0]
    assert differences([torch.ones(2)], [torch.zeros(2)]) == [1]
    assert differences([torch.tensor([float("nan")])], [torch.ones(1)]) != [0]


def test_differences_are_of_each_tensor_unless_it_is_nothing():
    big, small, nothing = torch.full((4,), 100.0), torch.ones(4), torch.full((4,), 1e-6)
    found = differences([big, 2 * small, 2 * nothing], [big, small, nothing])
    assert found[:2] == [0, 1]
    assert 0 < found[2] < 1e-4


@pytest.mark.parametrize("side", [64, 2048])
def test_the_matrix_product_takes_some_milliseconds_and_counts_its_flops(monkeypatch, side):
    monkeypatch.setattr(timing, "_SIDE", side)
    multiplied = []
    product = torch.mm
    monkeypatch.setattr(torch, "mm", lambda *a, **k: (multiplied.append(a), product(*a, **k)))
    call, flops = matrix_product(torch.float32, CPU)
    multiplied.clear()
    begun = time.perf_counter()
    call()
    assert time.perf_counter() - begun > 1e-3
    assert flops == 2 * side**3 * len(multiplied)
    assert (len(multiplied) == 1) == (side == 2048)
