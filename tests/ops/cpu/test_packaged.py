"""Kernels that a wheel contains: when they are used, and what happens if they are damaged."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cyclemlp.ops.cpu import compiling, instructions, library, packaged
from cyclemlp.ops.cpu.instructions import AMX, AVX2, AVX512
from cyclemlp.ops.cpu.state import kernel_states
from cyclemlp.ops.cpu.unavailable import UnavailableError

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A package with a library of each kind, on a CPU with AVX2; nothing is really compiled."""
    folder = tmp_path / "packaged"
    folder.mkdir()
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch" / "hub"))
    monkeypatch.setattr(packaged, "FOLDER", folder)
    monkeypatch.setattr(
        packaged, "compile_library", lambda _, kind, options: f"{kind} {options}".encode()
    )
    monkeypatch.setattr(library, "compile_library", lambda *_: b"compiled here")
    monkeypatch.setattr(library, "Kernels", Opened)
    monkeypatch.setattr(library, "_opened", lambda file: file)
    monkeypatch.setattr(library, "_found", library._found.__wrapped__)
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(instructions, "cpu_flags", lambda: AVX2.flags)
    packaged.build_packaged("gcc", folder)
    return folder


class Opened:
    """Kernels whose library is only a path."""

    def __init__(self, library: Path | None, missing: str = "", instructions: str = "") -> None:
        self.file, self.missing, self.instructions = str(library or ""), missing, instructions


def file_of(folder: Path, start: str) -> Path:
    (file,) = folder.glob(f"{start}-*.so")
    return file


@pytest.mark.parametrize(
    ("flags", "dtype", "start"),
    [
        (AVX2.flags, torch.float32, "float32-avx2"),
        (AVX512.flags, torch.float64, "float64-avx-512"),
        (AMX.flags, torch.float32, "float32-avx-512"),
        (AMX.flags, torch.bfloat16, "bfloat16-amx"),
    ],
)
def test_the_library_for_the_cpu_is_used_without_a_compiler_or_a_cache(
    folder, monkeypatch, tmp_path, flags, dtype, start
):
    monkeypatch.setattr(instructions, "cpu_flags", lambda: flags)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert library.find(dtype).file == str(file_of(folder, start))
    assert not (tmp_path / "torch").exists()
    states = {state.dtype: state for state in kernel_states()}
    name = str(dtype).removeprefix("torch.")
    kind = states[name].instructions
    assert str(states[name]) == f"{name} packaged, {kind}; {file_of(folder, start)}"


def test_every_library_is_built_once(folder):
    assert len(list(folder.iterdir())) == 5


def test_a_library_of_other_sources_or_options_is_not_used(folder, monkeypatch):
    monkeypatch.setattr(compiling, "_FLAGS", (*compiling._FLAGS, "-g"))
    assert packaged.find_packaged("float32", AVX2) is None
    assert Path(library.find(torch.float32).file).parent.name == "cyclemlp"


def test_a_damaged_library_is_replaced_by_one_of_this_machine(folder, caplog):
    file = file_of(folder, "float32-avx2")
    os.truncate(file, 5)
    with caplog.at_level(logging.WARNING, logger="cyclemlp"):
        found = library.find(torch.float32)
    assert (found.missing, Path(found.file).parent.name) == ("", "cyclemlp")
    assert f"{file} is damaged: pip install --force-reinstall cyclemlp" in caplog.text
    assert kernel_states()[0].state == "compiled"


def test_a_whole_library_beside_a_damaged_one_is_used(folder):
    whole = file_of(folder, "float32-avx2")
    damaged = whole.with_name(whole.name.replace(whole.name.split(".")[-2], "0" * 32))
    damaged.write_bytes(b"cut short")
    assert library.find(torch.float32).file == str(whole)


def test_without_a_compiler_both_reasons_are_given(folder, monkeypatch):
    file = file_of(folder, "float32-avx2")
    file.write_bytes(b"other content")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert library.find(torch.float32).missing == (
        f"{file} is damaged: pip install --force-reinstall cyclemlp; without it, no C compiler was "
        "found, e.g. apt install gcc"
    )
    assert kernel_states()[0].state == "not available"


def test_a_library_that_the_system_refuses_is_replaced(folder, monkeypatch):
    def opened(file: Path) -> Path:
        if file.parent == folder:
            raise OSError("failed to map segment from shared object")
        return file

    monkeypatch.setattr(library, "_opened", opened)
    assert Path(library.find(torch.float32).file).read_bytes() == b"compiled here"


def test_a_cpu_without_avx2_uses_none(monkeypatch):
    monkeypatch.setattr(instructions, "cpu_flags", lambda: frozenset({"sse4_2"}))
    missing = library.find(torch.float32).missing
    assert missing == "for float32 they need a CPU with AVX-512 or AVX2"


def test_a_compiler_that_fails_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(packaged, "compile_library", compiling.compile_library)
    failed = subprocess.CompletedProcess([], 1, "", "error: unrecognized option '-mamx-tile'")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(UnavailableError, match="unrecognized option"):
        packaged.build_packaged("gcc", folder)


USE = """
import torch
from cyclemlp.ops import cycle_fc, cycle_fc_reference, explain_backend
x, weight = torch.randn(2, 9, 7, 40), torch.randn(24, 40)
print(explain_backend(x))
with torch.no_grad():
    torch.testing.assert_close(cycle_fc(x, weight), cycle_fc_reference(x, weight))
"""


@pytest.mark.slow
def test_a_wheel_brings_kernels_to_a_machine_without_gcc(tmp_path, monkeypatch):
    monkeypatch.undo()
    if not instructions.cpu_flags() >= AVX2.flags or shutil.which("gcc") is None:
        pytest.skip("this machine has no AVX2 or no gcc")
    no_torch = tmp_path / "without" / "torch.py"
    no_torch.parent.mkdir()
    no_torch.write_text("raise ImportError('a build has no torch')")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(no_torch.parent)}
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert "-py3-none-manylinux_2_" in wheel.name
    site = tmp_path / "site"
    install = ["pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([sys.executable, "-m", *install, str(wheel)], check=True)
    bare = {"PATH": "/nowhere", "HOME": str(tmp_path / "home"), "PYTHONPATH": str(site)}
    bare |= {"PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=bare, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert f"kernels are in {site}/cyclemlp/ops/cpu/packaged/float32-" in run("-c", USE)
    printed = run("-m", "cyclemlp", "check")
    assert "CPU kernels: float32 packaged, AVX" in printed
    assert printed.count("agrees with it") >= 2
    assert not (tmp_path / "home").exists()
