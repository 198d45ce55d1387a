"""The kernels as a shared library: compiled for this processor once, kept in torch's cache."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch

TYPES = {torch.float32: "FLOAT32", torch.float64: "FLOAT64", torch.bfloat16: "BFLOAT16"}

ENTRIES = ("move", "gather", "cycle_fc", "mixer", "feed_forward")
MOST_POSITIONS = 16  # in a cycle: MOST_GROUPS in gather.h

_HERE = Path(__file__).parent / "csrc"
_FLAGS = ("-std=gnu11", "-O3", "-march=native", "-fno-math-errno", "-fopenmp", "-shared", "-fPIC")
_SECONDS = 120  # to compile, which takes about one


class UnavailableError(Exception):
    """Why there are no kernels here."""


class Kernels:
    """The functions of a library, by name; without one, what was in the way.

    `NAME_bytes(call)` tells how much scratch memory `NAME_run(call, scratch)` needs.

    Attributes:
        obstacle: why there is none, as part of a sentence; empty where there is one.
    """

    def __init__(self, library: ctypes.CDLL | None, obstacle: str = "") -> None:
        self.obstacle = obstacle
        self._functions: dict[str, Any] = {}
        for name in ENTRIES if library else ():
            size, run = (getattr(library, f"{name}_{kind}") for kind in ("bytes", "run"))
            size.argtypes, size.restype = [ctypes.c_char_p], ctypes.c_int64
            run.argtypes, run.restype = [ctypes.c_char_p, ctypes.c_void_p], None
            self._functions |= {f"{name}_bytes": size, f"{name}_run": run}

    def __getitem__(self, name: str) -> Any:
        return self._functions[name]


@cache
def find(dtype: torch.dtype) -> Kernels:
    """The kernels for a dtype on this CPU, compiled if nobody has done so before.

    Never raises: whatever fails, plain torch serves.
    """
    try:
        library = ctypes.CDLL(str(_built(dtype)))
        library.prepare.restype = ctypes.c_int64
        if library.prepare() != 0:
            raise UnavailableError("the system does not allow AMX's registers")
    except (UnavailableError, OSError, subprocess.SubprocessError) as error:
        return Kernels(None, str(error))
    return Kernels(library)


def _built(dtype: torch.dtype) -> Path:
    if dtype not in TYPES:
        raise UnavailableError(f"there are none for {str(dtype).removeprefix('torch.')}")
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        raise UnavailableError(f"they are for Linux on x86_64, not {system} on {machine}")
    compiler = shutil.which("gcc")
    if compiler is None:
        raise UnavailableError("no C compiler was found, e.g. apt install gcc")
    name = f"{TYPES[dtype].lower()}-{_digest(compiler)}.so"
    return _build(compiler, TYPES[dtype], _private_folder(), name)


def _digest(compiler: str) -> str:
    """Of all that decides what the compiler writes, and whether it can be loaded."""
    sources = sorted([*_HERE.glob("*.c"), *_HERE.glob("*.h")])
    info = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0].splitlines()
    processor = [line for line in info if line.startswith(("flags", "model"))]
    file = Path(compiler).resolve()
    gcc = f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}"
    parts = [*(s.read_text() for s in sources), *_FLAGS, *processor, gcc, *platform.libc_ver()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _private_folder() -> Path:
    """Where torch keeps what it downloads, if nobody else can put a library there."""
    folder = Path(torch.hub.get_dir()).parent / "cyclemlp"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.stat()
    if state.st_uid != os.getuid() or state.st_mode & 0o022:
        raise UnavailableError(f"others than you can write to {folder}, where they would be kept")
    return folder


def _build(compiler: str, kind: str, folder: Path, name: str) -> Path:
    target = folder / name
    if target.exists():
        return target
    handle, unfinished = tempfile.mkstemp(dir=folder, suffix=".so")
    os.close(handle)
    sources = map(str, sorted(_HERE.glob("*.c")))
    command = [compiler, *_FLAGS, f"-D{kind}", *sources, "-lm", "-o", unfinished]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
        if done.returncode != 0:
            said = next((s for s in done.stderr.splitlines() if "error" in s), "gcc failed")
            raise UnavailableError(said.split("error: ")[-1].removeprefix("#error ").strip('"'))
        os.replace(unfinished, target)  # whole or not at all, whoever else compiles it now
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return target
