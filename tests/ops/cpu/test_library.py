"""How kernels are compiled and cached, and what happens where they cannot be."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from cyclemlp.ops import cycle_fc, explain_backend
from cyclemlp.ops.cpu import cache as caching
from cyclemlp.ops.cpu import compiling, instructions, library, packaged
from cyclemlp.ops.cpu.unavailable import UnavailableError


def find(dtype: torch.dtype) -> library.Kernels:
    """As if no call had asked before in this process."""
    return library._found.__wrapped__(dtype, False)


def loaded(dtype: torch.dtype) -> Any:
    """What is opened for a dtype."""
    return library._loaded(dtype, library.locate(dtype))


WHY = """
import torch
from cyclemlp.ops.cpu import library
print(library.find(torch.float32).missing)
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache of torch, and a package without libraries."""
    monkeypatch.setattr(packaged, "FOLDER", tmp_path / "none")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch" / "hub"))
    return tmp_path / "torch" / "cyclemlp"


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A compiler that writes something at once, and the dtypes it was run for."""
    kinds: list[str] = []

    def compiled(compiler: str, kind: str, options: tuple[str, ...]) -> bytes:
        kinds.append(kind)
        return f"a library for {kind}, number {len(kinds)}".encode()

    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(instructions, "cpu_flags", lambda: instructions.AVX512.flags)
    monkeypatch.setattr(library, "compile_library", compiled)
    monkeypatch.setattr(library, "_opened", lambda file: file)
    return kinds


@pytest.fixture
def real_compiler() -> None:
    """Skip where the processor or the machine cannot have kernels."""
    if not instructions.cpu_flags() >= instructions.AVX2.flags or shutil.which("gcc") is None:
        pytest.skip("this machine has no AVX2 or no gcc")


def test_a_compiled_library_is_kept(cache, compiler):
    first, second = (loaded(torch.float32) for _ in range(2))
    assert first == second
    assert compiler == ["float32"]
    assert cache.stat().st_mode & 0o077 == 0
    assert [cache / p.name for p in cache.iterdir()] == [first]  # and no temporary file


def test_other_sources_dtypes_and_processors_are_compiled_again(monkeypatch, compiler):
    built = {loaded(dtype) for dtype in (torch.float32, torch.float64)}
    monkeypatch.setattr(compiling, "_FLAGS", (*compiling._FLAGS, "-g"))
    built.add(loaded(torch.float32))
    read = Path.read_text
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "99"))
    built.add(loaded(torch.float32))
    for part, changed in (("cpuinfo", "flags : fewer"), ("mixer.c", "// other")):
        monkeypatch.setattr(
            Path,
            "read_text",
            lambda p, part=part, changed=changed: changed if part in str(p) else read(p),
        )
        built.add(loaded(torch.float32))
    assert len(built) == len(compiler) == 6


@pytest.mark.parametrize("size", [0, 4_000, 20_000])
def test_a_library_that_was_cut_short_is_compiled_again(cache, compiler, monkeypatch, size):
    monkeypatch.setattr(library, "compile_library", lambda *_: bytes(range(256)) * 100)
    file: Any = loaded(torch.float32)
    os.truncate(file, size)
    assert caching.find_library(cache, file.name.partition(".")[0]) is None
    assert loaded(torch.float32) == file
    assert file.stat().st_size == 25_600


def test_a_process_survives_a_library_that_was_cut_short(cache, real_compiler, monkeypatch):
    environment = {**os.environ, "TORCH_HOME": str(cache.parent)}
    # not opened here, because this process would not survive it either
    monkeypatch.setattr(library, "_opened", lambda file: file)
    file = loaded(torch.float32)
    os.truncate(file, 8_000)
    run = subprocess.run(
        [sys.executable, "-c", WHY], capture_output=True, text=True, env=environment
    )
    assert (run.returncode, run.stdout.strip()) == (0, "")
    assert file.stat().st_size > 20_000


def test_a_library_that_cannot_be_loaded_is_compiled_once_more(cache, compiler, monkeypatch):
    opened: list[Path] = []

    def open_second(file: Path) -> Path:
        opened.append(file)
        if len(opened) == 2:
            raise OSError("invalid ELF header")
        return file

    monkeypatch.setattr(library, "_opened", open_second)
    loaded(torch.float32)
    assert loaded(torch.float32) == opened[2]
    assert len(compiler) == 2


def test_a_library_of_another_user_or_behind_a_link_is_not_loaded(cache, compiler, tmp_path):
    file: Any = loaded(torch.float32)
    key = file.name.partition(".")[0]
    file.chmod(0o666)
    assert caching.find_library(cache, key) is None
    elsewhere = tmp_path / "elsewhere.so"
    elsewhere.write_bytes(b"a library for float32, number 1")
    (cache / file.name).symlink_to(elsewhere)
    assert caching.find_library(cache, key) is None
    assert elsewhere.exists()


def test_a_failure_is_kept_with_its_reason_for_a_day(cache, compiler, monkeypatch):
    calls: list[str] = []

    def fail(compiler: str, kind: str, options: tuple[str, ...]) -> bytes:
        calls.append(kind)
        raise UnavailableError("no AVX-512 here")

    monkeypatch.setattr(library, "compile_library", fail)
    assert find(torch.float32).missing == "no AVX-512 here"
    again = find(torch.float32).missing
    (file,) = cache.glob("*.failed")
    assert again.startswith("no AVX-512 here (compiling is tried again a day later")
    assert str(file) in again
    assert len(calls) == 1
    yesterday = time.time() - 25 * 3600
    os.utime(file, (yesterday, yesterday))
    assert find(torch.float32).missing == "no AVX-512 here"
    assert len(calls) == 2


def test_a_success_ends_a_failure(cache, compiler, monkeypatch):
    cache.mkdir(parents=True, mode=0o700)
    key = f"float32-{compiling.build_key(sys.executable, ())}"
    caching.add_failure(cache, key, "no space left")
    caching.add_library(cache, key, b"a library")
    assert caching.known_failure(cache, key) is None


def test_libraries_that_nobody_uses_are_deleted(cache, compiler):
    old, used = (cache / f"{name}.{'0' * 32}.so" for name in ("old", "used"))
    cache.mkdir(parents=True, mode=0o700)
    for file in (old, used):
        file.write_bytes(b"")
    long_ago = time.time() - 100 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    loaded(torch.float32)
    assert not old.exists()
    assert used.exists()


def test_threads_that_compile_at_once_agree(cache, compiler, monkeypatch):
    monkeypatch.setattr(library, "compile_library", lambda *_: time.sleep(0.05) or b"a library")
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(loaded(torch.float32))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert list(cache.iterdir()) == [found[0]]


def test_compiling_is_said_once(cache, compiler, caplog):
    caplog.set_level(logging.INFO, logger="cyclemlp")
    for _ in range(2):
        loaded(torch.float32)
    assert caplog.messages == ["Compiling the CPU kernels for float32, once for this machine"]


def _no_gcc(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)


def _another_system(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")


def _gcc_fails(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    said = 'numbers.h:8:2: error: #error "no AVX-512 here, or gcc does not know it"\nmore'
    failed = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)


def _gcc_never_ends(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def run(command: list[str], timeout: int, **_: object) -> None:
        raise subprocess.TimeoutExpired("gcc", timeout)

    monkeypatch.setattr(subprocess, "run", run)


def _gcc_writes_nothing(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    done = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: done)


def _gcc_writes_no_library(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        Path(command[-1]).write_text("no library")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)


def _folder_of_everybody(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)


def _file_instead_of_the_folder(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("")


def _no_home(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: "~/.cache/torch/hub")


def _home_of_another_user(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def refuse(folder: Path) -> bool:
        raise PermissionError(13, "Permission denied")  # the tests may run as root

    monkeypatch.setattr(caching.Path, "exists", refuse)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (_no_gcc, "no C compiler was found, e.g. apt install gcc"),
        (_another_system, "they are for Linux on x86_64 or aarch64, not Linux on arm64"),
        (_gcc_fails, "available: no AVX-512 here, or gcc does not know it$"),
        (_gcc_never_ends, "timed out after 120 seconds"),
        (_gcc_writes_nothing, "ended without an error and wrote no file"),
        (_gcc_writes_no_library, "invalid ELF header|file too short"),
        (_folder_of_everybody, "other users can write to .*cyclemlp: set TORCH_HOME to a folder"),
        (_file_instead_of_the_folder, "cannot be written to .File exists.: set TORCH_HOME to"),
        (_no_home, "folder ~/.cache/torch/cyclemlp is not an absolute path: set TORCH_HOME"),
        (_home_of_another_user, "cannot be written to .Permission denied.: set TORCH_HOME"),
    ],
)
def test_without_kernels_the_reason_is_given_and_plain_torch_computes(
    monkeypatch, cache, tmp_path, trouble, reason
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)  # any file is a compiler
    monkeypatch.setattr(instructions, "cpu_flags", lambda: instructions.AVX2.flags)
    with monkeypatch.context() as troubled:
        trouble(troubled, cache)
        found = find(torch.float32)
    monkeypatch.setattr(library, "find", lambda dtype: found)
    x, weight = torch.randn(1, 4, 5, 6), torch.randn(3, 6)
    backend = explain_backend(x)
    assert backend.name == "eager"
    start = "x is on the cpu, computed in float32; kernels are not available: "
    assert backend.reason.startswith(start)
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(backend.reason)
    with torch.no_grad():
        assert cycle_fc(x, weight).shape == (1, 4, 5, 3)
    assert not Path("~").exists()
    if cache.is_dir():
        assert not list(cache.glob("*.part"))


def test_a_folder_that_cannot_be_written_to_names_the_remedy(cache, compiler, monkeypatch):
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")  # the tests may run as root, whom none stops

    monkeypatch.setattr(caching.tempfile, "TemporaryFile", refuse)
    assert find(torch.float32).missing == (
        f"the cache folder {cache} cannot be written to (Permission denied): set TORCH_HOME to a "
        "folder that this user can write to"
    )
    assert not compiler


def test_a_dtype_or_stepsize_without_kernels_gives_the_reason():
    assert "there are none for float16" in explain_backend(torch.zeros(1, 2, 2, 3).half()).reason
    found = explain_backend(torch.zeros(1, 2, 2, 3), (5, 5))
    assert found.name == "eager"
    assert "cycles of at most 16 positions" in found.reason


def test_the_sources_compile_and_load(cache, real_compiler):
    found = find(torch.float32)
    assert found.missing == ""
    assert callable(found["mixer_run"])
    assert [p.suffix for p in cache.iterdir()] == [".so"]
