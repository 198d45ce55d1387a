"""What users are told about the CPU kernels."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import torch

from cyclemlp.ops import explain_backend
from cyclemlp.ops.cpu import cache as caching
from cyclemlp.ops.cpu import instructions, library, packaged, state
from cyclemlp.ops.cpu.instructions import AMX, AVX2, AVX512
from cyclemlp.ops.cpu.state import kernel_states
from cyclemlp.ops.cpu.unavailable import UnavailableError


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and a file that passes for a compiler."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch" / "hub"))
    monkeypatch.setattr(packaged, "FOLDER", tmp_path / "none")
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(library, "_found", library._found.__wrapped__)
    every = AMX.flags | AVX512.flags | AVX2.flags
    monkeypatch.setattr(instructions, "cpu_flags", lambda: every)
    return tmp_path / "torch" / "cyclemlp"


def test_reading_the_state_does_not_compile_kernels(cache):
    found = kernel_states()
    assert [s.dtype for s in found] == ["float32", "float64", "bfloat16"]
    assert {s.state for s in found} == {"not compiled"}
    assert [s.instructions for s in found] == ["AVX-512", "AVX-512", "AMX"]
    first = f"float32 not compiled, AVX-512; the first use compiles them; cache {cache}"
    assert str(found[0]) == first
    assert not list(cache.iterdir())


def test_a_failure_is_shown_with_its_reason(cache):
    key = library.locate(torch.float32).key
    cache.mkdir(parents=True, mode=0o700)
    caching.add_failure(cache, key, "no AVX-512 here")
    first, second, _ = kernel_states()
    assert (first.state, second.state) == ("not available", "not compiled")
    assert first.reason.startswith("no AVX-512 here (compiling is tried again a day later")
    assert first.cache == str(cache)


def test_without_a_compiler_no_cache_is_shown(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = kernel_states()[0]
    assert (found.state, found.cache) == ("not available", "")
    assert "no C compiler was found" in found.reason


def test_a_folder_that_cannot_be_written_to_is_a_reason(cache, monkeypatch):
    def refuse(folder: Path) -> None:
        raise UnavailableError("cannot be written to")

    monkeypatch.setattr(state, "require_writable", refuse)
    found = kernel_states()[0]
    assert (found.state, found.reason) == ("not available", "cannot be written to")
    assert found.cache == str(cache)


def test_compiled_kernels_are_shown_with_the_cache(cache, monkeypatch):
    kernels = library.Kernels(None, instructions="AVX-512")
    kernels.file = str(cache / "float32.so")
    monkeypatch.setattr(library, "find", lambda dtype: kernels)
    key = library.locate(torch.float32).key
    caching.require_writable(cache)
    caching.add_library(cache, key, b"a library")
    assert str(kernel_states()[0]) == f"float32 compiled, AVX-512; cache {cache}"
    backend = explain_backend(torch.zeros(1, 2, 2, 3))
    assert backend.name == "native"
    where = "x is on the cpu, computed in float32; AVX-512 kernels are in"
    assert backend.reason == f"{where} {kernels.file}"


def test_a_cpu_without_the_instructions_is_a_reason(monkeypatch):
    monkeypatch.setattr(instructions, "cpu_flags", lambda: AVX2.flags)
    float32, _, bfloat16 = kernel_states()
    assert (float32.state, float32.instructions) == ("not compiled", "AVX2")
    assert str(bfloat16) == "bfloat16 not available; for bfloat16 they need a CPU with AMX"
