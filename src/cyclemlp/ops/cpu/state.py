"""The state of the CPU kernels, for users who ask why a call is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from cyclemlp.ops.cpu import library
from cyclemlp.ops.cpu.cache import UnavailableError, find_library, known_failure, require_writable


@dataclass(frozen=True)
class KernelState:
    """Whether the kernels of a dtype are compiled, and why not.

    Attributes:
        dtype: e.g. `"float32"`.
        state: `"compiled"`, `"not compiled"` or `"not available"`.
        instructions: the instruction set that they use, e.g. `"AVX2"`; empty if there is none.
        cache: the folder for compiled kernels; empty if there is none.
        reason: why the kernels are not compiled or not available; empty if they are compiled.
    """

    dtype: str
    state: Literal["compiled", "not compiled", "not available"]
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
        _, cache, key, instructions = library.locate(dtype)
        kind, folder = instructions.name, str(cache)
        if find_library(cache, key) is None and known_failure(cache, key) is None:
            require_writable(cache)
            return KernelState(name, "not compiled", kind, folder, "the first use compiles them")
        missing = library.find(dtype).missing
    except UnavailableError as error:
        missing = str(error)
    state = "not available" if missing else "compiled"
    return KernelState(name, state, kind, folder, missing)
