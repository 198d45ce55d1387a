"""The kernels of a dtype as functions: the package's, or compiled when they are first used."""

from __future__ import annotations

import ctypes
import logging
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch

from cyclemlp.ops.cpu.cache import (
    add_failure,
    add_library,
    cache_folder,
    find_library,
    known_failure,
    require_writable,
)
from cyclemlp.ops.cpu.compiling import (
    build_key,
    compile_library,
    find_compiler,
    require_supported_system,
)
from cyclemlp.ops.cpu.instructions import InstructionSet, instruction_set
from cyclemlp.ops.cpu.packaged import find_packaged
from cyclemlp.ops.cpu.unavailable import UnavailableError
from cyclemlp.ops.selection import selected_backend

TYPES = (torch.float32, torch.float64, torch.bfloat16)
ENTRIES = ("move", "gather", "cycle_fc", "mixer", "feed_forward", "axial")
PACKED = ("mixer", "feed_forward", "axial")  # which take weights packed once
MOST_POSITIONS = 16  # in a cycle: MOST_GROUPS in gather.h

_log = logging.getLogger("cyclemlp")


class Kernels:
    """The functions of a library. `NAME_bytes(call)` returns the scratch memory of `NAME_run`.

    `NAME_packed_bytes(call)` returns the memory that `NAME_pack` fills, for the names of `PACKED`.

    Attributes:
        missing: why kernels are not available, as part of a sentence; empty if they are.
        instructions: the instruction set that they use; empty if they are not available.
        file: the library that they were loaded from; empty if they are not available.
    """

    def __init__(
        self, library: ctypes.CDLL | None, missing: str = "", instructions: str = ""
    ) -> None:
        self.missing = missing
        self.instructions = instructions
        self.file = library._name if library else ""
        self._functions: dict[str, Any] = {}
        for name in ENTRIES if library else ():
            size, run = (getattr(library, f"{name}_{kind}") for kind in ("bytes", "run"))
            size.argtypes, size.restype = [ctypes.c_char_p], ctypes.c_int64
            run.argtypes, run.restype = [ctypes.c_char_p, ctypes.c_void_p], None
            self._functions |= {f"{name}_bytes": size, f"{name}_run": run}
        for name in PACKED if library else ():
            size, pack = (getattr(library, f"{name}_{kind}") for kind in ("packed_bytes", "pack"))
            size.argtypes, size.restype = [ctypes.c_char_p], ctypes.c_int64
            pack.argtypes, pack.restype = [ctypes.c_char_p], None
            self._functions |= {f"{name}_packed_bytes": size, f"{name}_pack": pack}

    def __getitem__(self, name: str) -> Any:
        return self._functions[name]


def why_not(dtype: torch.dtype, positions: int = 1) -> str | None:
    """Return why the kernels cannot compute a cycle of this length, or None if they can."""
    if positions > MOST_POSITIONS:
        return f"kernels take cycles of at most {MOST_POSITIONS} positions"
    if selected_backend() == "plain":
        return 'kernels are turned off by cyclemlp.ops.backend("plain")'
    missing = find(dtype).missing
    return f"kernels are not available: {missing}" if missing else None


def find(dtype: torch.dtype) -> Kernels:
    """Return the kernels of a dtype on this CPU: the package's, else compiled at the first use.

    Never raises: without kernels, ordinary torch operators are the fallback.
    """
    return _found(dtype, selected_backend() == "avx2")


@cache
def _found(dtype: torch.dtype, narrow: bool) -> Kernels:
    try:
        instructions = usable_instructions(dtype, narrow)
        library, fault = _packaged(dtype, instructions)
        if library is None:
            library = _compiled(dtype, narrow, fault)
        return Kernels(library, instructions=instructions.name)
    except (UnavailableError, OSError) as error:
        return Kernels(None, str(error))


def usable_instructions(dtype: torch.dtype, narrow: bool = False) -> InstructionSet:
    """Return what the kernels of a dtype use on this CPU; `narrow` is AVX2 at most.

    Raises:
        UnavailableError: there is no kernel for this dtype, CPU or system.
    """
    require_supported_system()
    return instruction_set(dtype, narrow)


def _packaged(
    dtype: torch.dtype, instructions: InstructionSet
) -> tuple[ctypes.CDLL | None, str | None]:
    """Return the package's library, None if there is none, and what is wrong with it."""
    try:
        file = find_packaged(_name(dtype), instructions)
        return (_opened(file) if file else None), None
    except (UnavailableError, OSError) as error:  # e.g. a file system that runs no programs
        return None, str(error)


def _compiled(dtype: torch.dtype, narrow: bool, fault: str | None) -> ctypes.CDLL:
    """Return the library of this machine, compiled if need be.

    Args:
        dtype: of the kernels.
        narrow: with AVX2 at most.
        fault: of the package's library, which is reported; None if the package has none.
    """
    if fault is None:
        return _loaded(dtype, locate(dtype, narrow))
    try:
        library = _loaded(dtype, locate(dtype, narrow))
    except (UnavailableError, OSError) as error:
        raise UnavailableError(f"{fault}; without it, {error}") from error
    _log.warning("Kernels compiled on this machine are used, because %s", fault)
    return library


class Place(NamedTuple):
    """How and where the library of a dtype is compiled.

    Attributes:
        compiler: path of gcc.
        folder: of compiled kernels.
        key: start of the library's name.
        instructions: what it is compiled for.
    """

    compiler: str
    folder: Path
    key: str
    instructions: InstructionSet


def locate(dtype: torch.dtype, narrow: bool = False) -> Place:
    """Return how and where the kernels of a dtype are compiled; `narrow` is with AVX2 at most.

    Raises:
        UnavailableError: there is no compiler, no folder, or no kernel for this dtype and CPU.
    """
    compiler = find_compiler()
    instructions, folder = instruction_set(dtype, narrow), cache_folder()
    key = f"{_name(dtype)}-{build_key(compiler, instructions.native)}"
    return Place(compiler, folder, key, instructions)


def _loaded(dtype: torch.dtype, place: Place) -> ctypes.CDLL:
    compiler, folder, key, instructions = place
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
        content = compile_library(compiler, _name(dtype), instructions.native)
        return _opened(add_library(folder, key, content))
    except (UnavailableError, OSError) as error:
        add_failure(folder, key, str(error))
        raise


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _opened(file: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(file))
    library.prepare.restype = ctypes.c_int64
    if library.prepare() != 0:
        raise UnavailableError("the system does not allow the use of AMX registers")
    return library
