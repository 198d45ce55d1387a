"""Restricting the kernels of a context."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch

from cyclemlp.models import CycleMixer
from cyclemlp.models.block import Block
from cyclemlp.ops import backend, cycle_fc, explain_backend
from cyclemlp.ops.cpu import calling, library
from cyclemlp.ops.releases import TRACES_STATE
from cyclemlp.ops.selection import BackendName, selected_backend

OFF = 'kernels are turned off by cyclemlp.ops.backend("plain")'


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the kernels that run, and the instruction set that they use."""
    names: list[str] = []
    run = calling.run

    def record(name: str, call: bytes, dtype: torch.dtype) -> None:
        names.append(f"{name} {library.find(dtype).instructions}")
        run(name, call, dtype)

    monkeypatch.setattr(calling, "run", record)
    return names


def _block() -> tuple[Any, torch.Tensor]:
    return Block(12, CycleMixer(12), 4.0).eval(), torch.randn(1, 4, 5, 12)


def _required() -> None:
    if library.find(torch.float32).missing:
        pytest.skip("this machine has no kernels")


def test_plain_uses_no_kernels(calls):
    block, x = _block()
    with torch.no_grad(), backend("plain"):
        block(x)
        cycle_fc(x, torch.randn(3, 12))
    y = cycle_fc(x.requires_grad_(), torch.randn(3, 12))
    with backend("plain"):
        calls.clear()
        y.sum().backward()
    assert calls == []


def test_plain_is_the_explanation():
    x = torch.zeros(1, 2, 2, 3)
    with backend("plain"):
        assert explain_backend(x).name == "eager"
        assert explain_backend(x).reason == f"x is on the cpu, computed in float32; {OFF}"


def test_avx2_uses_no_wider_instructions(calls):
    _required()
    block, x = _block()
    with torch.no_grad():
        expected = block(x)
        calls.clear()
        with backend("avx2"):
            found = block(x)
    assert calls == ["mixer AVX2", "feed_forward AVX2"]
    torch.testing.assert_close(found, expected)


def test_contexts_nest_and_end_with_an_error():
    with backend("avx2"):
        with pytest.raises(RuntimeError), backend("plain"):
            raise RuntimeError
        assert selected_backend() == "avx2"
        with backend("auto"):
            assert selected_backend() == "auto"
    assert selected_backend() == "auto"


def test_other_threads_are_not_restricted():
    found: list[str] = []
    with backend("plain"):
        thread = threading.Thread(target=lambda: found.append(selected_backend()))
        thread.start()
        thread.join()
    assert found == ["auto"]


def test_an_unknown_name_is_refused():
    name: Any = "fast"
    expected = "takes one of 'auto', 'plain', 'avx2'; got 'fast'"
    with pytest.raises(ValueError, match=expected), backend(name):
        pass


@pytest.mark.skipif(not TRACES_STATE, reason="torch does not guard context variables")
def test_compiled_code_follows_the_choice(calls):
    _required()
    block, x = _block()
    compiled = torch.compile(block, backend="eager", fullgraph=True)
    with torch.no_grad():
        expected = block(x)
        choices: tuple[tuple[BackendName, int], ...] = (("auto", 2), ("plain", 0), ("auto", 2))
        for name, count in choices:
            calls.clear()
            with backend(name):
                torch.testing.assert_close(compiled(x), expected)
            assert len(calls) == count
