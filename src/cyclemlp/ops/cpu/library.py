"""The kernels of a dtype as functions, compiled at their first use on a machine."""

from __future__ import annotations

import ctypes
import logging
from functools import cache
from pathlib import Path
from typing import Any

import torch

from cyclemlp.ops.cpu.cache import (
    UnavailableError,
    add_failure,
    add_library,
    cache_folder,
    find_library,
    known_failure,
    require_writable,
)
from cyclemlp.ops.cpu.compiling import build_key, compile_library, find_compiler

TYPES = {torch.float32: "FLOAT32", torch.float64: "FLOAT64", torch.bfloat16: "BFLOAT16"}
ENTRIES = ("move", "gather", "cycle_fc", "mixer", "feed_forward")
MOST_POSITIONS = 16  # in a cycle: MOST_GROUPS in gather.h

_log = logging.getLogger("cyclemlp")


class Kernels:
    """The functions of a library. `NAME_bytes(call)` returns the scratch memory of `NAME_run`.

    Attributes:
        missing: why kernels are not available, as part of a sentence; empty if they are.
        file: the library that they were loaded from; empty if they are not available.
    """

    def __init__(self, library: ctypes.CDLL | None, missing: str = "") -> None:
        self.missing = missing
        self.file = library._name if library else ""
        self._functions: dict[str, Any] = {}
        for name in ENTRIES if library else ():
            size, run = (getattr(library, f"{name}_{kind}") for kind in ("bytes", "run"))
            size.argtypes, size.restype = [ctypes.c_char_p], ctypes.c_int64
            run.argtypes, run.restype = [ctypes.c_char_p, ctypes.c_void_p], None
            self._functions |= {f"{name}_bytes": size, f"{name}_run": run}

    def __getitem__(self, name: str) -> Any:
        return self._functions[name]


def why_not(dtype: torch.dtype, positions: int = 1) -> str | None:
    """Return why the kernels cannot compute a cycle of this length, or None if they can."""
    if positions > MOST_POSITIONS:
        return f"kernels take cycles of at most {MOST_POSITIONS} positions"
    missing = find(dtype).missing
    return f"kernels are not available: {missing}" if missing else None


@cache
def find(dtype: torch.dtype) -> Kernels:
    """Return the kernels of a dtype on this CPU, compiling them at the first use.

    Never raises: without kernels, ordinary torch operators are the fallback.
    """
    try:
        return Kernels(_loaded(dtype))
    except (UnavailableError, OSError) as error:
        return Kernels(None, str(error))


def locate(dtype: torch.dtype) -> tuple[str, Path, str]:
    """Return the compiler, the folder for compiled kernels, and the key of the dtype's library.

    Raises:
        UnavailableError: there is no compiler, no folder, or no kernel for this dtype.
    """
    if dtype not in TYPES:
        raise UnavailableError(f"there are none for {_name(dtype)}")
    compiler, folder = find_compiler(), cache_folder()
    return compiler, folder, f"{TYPES[dtype].lower()}-{build_key(compiler)}"


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _loaded(dtype: torch.dtype) -> ctypes.CDLL:
    compiler, folder, key = locate(dtype)
    file = find_library(folder, key)
    if file is not None:
        try:
            return _opened(file)
        except OSError:
            pass  # compiled once more below
    failure = known_failure(folder, key)
    if failure is not None:
        raise UnavailableError(failure)
    require_writable(folder)
    _log.info("Compiling the CPU kernels for %s, once for this machine", _name(dtype))
    try:
        return _opened(add_library(folder, key, compile_library(compiler, TYPES[dtype])))
    except (UnavailableError, OSError) as error:
        add_failure(folder, key, str(error))
        raise


def _opened(file: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(file))
    library.prepare.restype = ctypes.c_int64
    if library.prepare() != 0:
        raise UnavailableError("the system does not allow the use of AMX registers")
    return library
