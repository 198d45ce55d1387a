"""Peak memory that can be computed by hand."""

from __future__ import annotations

import pytest
import torch

from cyclemlp.benchmarking.memory import peak_memory

CPU = torch.device("cpu")


def test_peak_memory_counts_tensors_alive_at_once(capfd):
    def call() -> None:
        for _ in range(4):  # two tensors are never alive at once
            tensor = torch.empty(2**20)
            del tensor

    assert peak_memory(call, CPU) == pytest.approx(4 * 2**20, rel=0.01)
    assert capfd.readouterr().err == ""


def test_memory_that_a_call_keeps_is_not_counted_twice():
    """The profiler reports releases only of memory allocated while it runs."""
    kept: list[torch.Tensor] = [torch.empty(2**20)]

    def call() -> None:
        kept.clear()
        kept.append(torch.empty(2**20))

    assert [peak_memory(call, CPU) for _ in range(3)] == [4 * 2**20] * 3


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
