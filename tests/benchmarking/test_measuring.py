"""Times, memory and differences that can be worked out by hand."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
import torch

from cyclemlp.benchmarking.measuring import (
    Call,
    difference,
    interleaved,
    matrix_product,
    peak_memory,
)

CPU = torch.device("cpu")


def test_every_round_calls_everyone_and_nobody_is_always_first():
    called: list[str] = []
    calls: dict[str, Call] = {name: partial(called.append, name) for name in "abc"}
    times = interleaved(calls, CPU, seconds=0)
    assert called == list("abcbcacab")
    assert {t.rounds for t in times.values()} == {3}


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


def test_memory_freed_in_the_call_was_there_before_it():
    kept = [torch.empty(2**20)]
    assert peak_memory(kept.clear, CPU) == 0


def test_difference_is_relative():
    assert difference([torch.tensor([3.0, 4.0])], [torch.tensor([0.0, 4.0])]) == 0.75
    assert difference([torch.zeros(2)], [torch.zeros(2)]) == 0
    assert difference([torch.ones(2)], [torch.zeros(2)]) == 1
    assert not difference([torch.tensor([float("nan")])], [torch.ones(1)]) <= 1


def test_the_matrix_product_counts_its_flops():
    call, flops = matrix_product(torch.float32, CPU)
    assert flops == 2 * 2048**3
    assert getattr(call(), "shape", None) == (2048, 2048)
