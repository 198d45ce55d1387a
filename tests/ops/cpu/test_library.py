"""How kernels are compiled and kept, and what is said where they cannot be."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cyclemlp.ops import cycle_fc, explain_backend
from cyclemlp.ops.cpu import library

find = library.find.__wrapped__  # as if no process had asked before


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """torch's cache, empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch" / "hub"))
    return tmp_path / "torch" / "cyclemlp"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A compiler that writes something at once, and what it was asked for."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        Path(command[-1]).write_text("a library")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(subprocess, "run", run)
    return asked


def test_what_was_compiled_is_kept(cache, compiled):
    first, second = (library._built(torch.float32) for _ in range(2))
    assert first == second
    assert first.parent == cache
    assert len(compiled) == 1
    assert cache.stat().st_mode & 0o077 == 0
    assert [p.name for p in cache.iterdir()] == [first.name]  # nothing unfinished is left


def test_other_sources_another_dtype_or_processor_are_compiled_anew(monkeypatch, compiled):
    built = {library._built(dtype).name for dtype in (torch.float32, torch.float64)}
    monkeypatch.setattr(library, "_FLAGS", (*library._FLAGS, "-g"))
    built.add(library._built(torch.float32).name)
    read = Path.read_text
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "99"))
    built.add(library._built(torch.float32).name)
    for part, changed in (("cpuinfo", "flags : fewer"), ("mixer.c", "// other")):
        monkeypatch.setattr(
            Path,
            "read_text",
            lambda p, part=part, changed=changed: changed if part in str(p) else read(p),
        )
        built.add(library._built(torch.float32).name)
    assert len(built) == len(compiled) == 6


def _no_gcc(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)


def _another_system(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")


def _a_compiler_that_fails(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    said = 'numbers.h:8:2: error: #error "no AVX-512 here, or gcc does not know it"\nmore'
    failed = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)


def _one_that_never_ends(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def run(command: list[str], timeout: int, **_: object) -> None:
        raise subprocess.TimeoutExpired("gcc", timeout)

    monkeypatch.setattr(subprocess, "run", run)


def _a_folder_of_everybodys(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)


def _a_file_in_its_place(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("")


def _a_broken_library(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        Path(command[-1]).write_text("no library")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (_no_gcc, "no C compiler was found, e.g. apt install gcc"),
        (_another_system, "they are for Linux on x86_64, not Linux on arm64"),
        (_a_compiler_that_fails, "kernels: no AVX-512 here, or gcc does not know it$"),
        (_one_that_never_ends, "timed out after 120 seconds"),
        (_a_folder_of_everybodys, "others than you can write to .*cyclemlp, where they would be"),
        (_a_file_in_its_place, "File exists"),
        (_a_broken_library, "invalid ELF header|file too short"),
    ],
)
def test_whatever_fails_is_told_and_plain_torch_serves(monkeypatch, cache, trouble, said):
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)  # any file is a compiler
    trouble(monkeypatch, cache)
    found = find(torch.float32)
    assert found.obstacle
    monkeypatch.setattr(library, "find", lambda dtype: found)
    x, weight = torch.randn(1, 4, 5, 6), torch.randn(3, 6)
    assert explain_backend(x).name == "eager"
    assert str(explain_backend(x)).startswith(
        "eager: x is on the cpu, computed in float32; without"
    )
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(str(explain_backend(x)))
    with torch.no_grad():
        assert cycle_fc(x, weight).shape == (1, 4, 5, 3)
    unfinished = cache.glob("tmp*") if cache.is_dir() else []
    assert not list(unfinished)


def test_a_dtype_or_stepsize_without_kernels_is_told():
    assert "there are none for float16" in explain_backend(torch.zeros(1, 2, 2, 3).half()).reason
    found = explain_backend(torch.zeros(1, 2, 2, 3), (5, 5))
    assert found.name == "eager"
    assert "cycles of at most 16 positions" in found.reason


def test_it_is_compiled_and_loaded(cache):
    flags = Path("/proc/cpuinfo").read_text()
    if "avx512bw" not in flags or shutil.which("gcc") is None:
        pytest.skip("this machine compiles no kernels")
    found = find(torch.float32)
    assert found.obstacle == ""
    assert callable(found["mixer_run"])
    assert [p.suffix for p in cache.iterdir()] == [".so"]
    assert os.access(next(cache.iterdir()), os.R_OK)
