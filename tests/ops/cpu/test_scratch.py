"""Scratch memory that is kept from call to call."""

from __future__ import annotations

import threading

import pytest
import torch

from cyclemlp.ops.cpu import scratch


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """No buffers of the tests before."""
    buffers: list[torch.Tensor] = []
    monkeypatch.setattr(scratch, "_kept", buffers)
    return buffers


def test_a_buffer_is_used_again_if_it_is_large_enough():
    first = scratch.take(100)
    scratch.give_back(first)
    assert scratch.take(80) is first
    scratch.give_back(first)
    assert len(scratch.take(200)) == 200


def test_calls_at_the_same_time_have_different_buffers():
    found: list[int] = []

    def call() -> None:
        buffer = scratch.take(1000)
        barrier.wait()
        found.append(buffer.data_ptr())
        scratch.give_back(buffer)

    barrier = threading.Barrier(4)
    for _ in range(2):
        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 4
        found.clear()


def test_few_buffers_are_kept_and_no_large_one(kept, monkeypatch):
    monkeypatch.setattr(scratch, "_MOST_BYTES", 100)
    for buffer in [scratch.take(size) for size in (101, 100, 50, 50)]:
        scratch.give_back(buffer)
    assert [len(buffer) for buffer in kept] == [100, 50]
    scratch.release()
    assert not kept
