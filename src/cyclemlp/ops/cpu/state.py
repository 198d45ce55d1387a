"""The state of the CPU kernels, for users who ask why a call is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from cyclemlp.ops.cpu import library
from cyclemlp.ops.cpu.cache import find_library, known_failure, require_writable
from cyclemlp.ops.cpu.instructions import InstructionSet
from cyclemlp.ops.cpu.packaged import find_packaged
from cyclemlp.ops.cpu.unavailable import UnavailableError


@dataclass(frozen=True)
class KernelState:
    """Where the kernels of a dtype are, or why there are none.

    Attributes:
        dtype: e.g. `"float32"`.
        state: `"packaged"`, `"compiled"`, `"not compiled"` or `"not available"`.
        instructions: the instruction set that they use, e.g. `"AVX2"`; empty if there is none.
        cache: the folder for compiled kernels; empty if there is none, or they are packaged.
        reason: why the kernels are not compiled or not available; for packaged ones their file.
    """

    dtype: str
    state: Literal["packaged", "compiled", "not compiled", "not available"]
    instructions: str
    cache: str
    reason: str

    def __str__(self) -> str:
        kind = f"{self.state}, {self.instructions}" if self.instructions else self.state
        parts = [f"{self.dtype} {kind}", self.reason, self.cache and f"cache {self.cache}"]
        return "; ".join(part for part in parts if part)


def kernel_states() -> tuple[KernelState, ...]:
    """Return the state of the kernels of each dtype, without compiling them."""
    return tuple(map(_state, library.TYPES))


def _state(dtype: torch.dtype) -> KernelState:
    name, kind, folder = str(dtype).removeprefix("torch."), "", ""
    try:
        instructions = library.usable_instructions(dtype)
        if _is_packaged(name, instructions) and not library.find(dtype).missing:
            return KernelState(name, "packaged", instructions.name, "", library.find(dtype).file)
        _, cache, key, _ = library.locate(dtype)
        kind, folder = instructions.name, str(cache)
        if find_library(cache, key) is None and known_failure(cache, key) is None:
            require_writable(cache)
            return KernelState(name, "not compiled", kind, folder, "the first use compiles them")
        missing = library.find(dtype).missing
    except (UnavailableError, OSError) as error:  # e.g. no /proc in a sandbox
        missing = str(error)
    state = "not available" if missing else "compiled"
    return KernelState(name, state, kind, folder, missing)


def _is_packaged(dtype: str, instructions: InstructionSet) -> bool:
    """Return whether the package has a whole library; `find` reports a damaged one."""
    try:
        return find_packaged(dtype, instructions) is not None
    except UnavailableError:
        return False
