"""The instruction sets that the kernels are compiled for, and which of them this CPU has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from cyclemlp.ops.cpu.cache import UnavailableError


@dataclass(frozen=True)
class InstructionSet:
    """One way to compile the C sources.

    Attributes:
        name: as its vendor writes it.
        dtypes: what it has kernels for.
        flags: the flags of `/proc/cpuinfo` that it needs.
        options: what it adds to gcc's options for this processor.
    """

    name: str
    dtypes: tuple[torch.dtype, ...]
    flags: frozenset[str]
    options: tuple[str, ...] = ()


AMX = InstructionSet(
    "AMX", (torch.bfloat16,), frozenset({"avx512bw", "avx512_bf16", "amx_bf16", "amx_tile"})
)
AVX512 = InstructionSet("AVX-512", (torch.float32, torch.float64), frozenset({"avx512bw"}))
AVX2 = InstructionSet(
    "AVX2",
    (torch.float32, torch.float64),
    frozenset({"avx2", "fma"}),
    ("-DAVX2", "-mno-avx512f"),
)
_FASTEST_FIRST = (AMX, AVX512, AVX2)


def instruction_set(dtype: torch.dtype, narrow: bool = False) -> InstructionSet:
    """Return the fastest instruction set of this CPU that there are kernels of a dtype for.

    Args:
        dtype: of the tensors.
        narrow: use AVX2 at most.

    Raises:
        UnavailableError: there is none.
    """
    allowed = (AVX2,) if narrow else _FASTEST_FIRST
    suited = [known for known in allowed if dtype in known.dtypes]
    usable = [known for known in suited if known.flags <= cpu_flags()]
    if usable:
        return usable[0]
    name = str(dtype).removeprefix("torch.")
    if suited:
        needed = " or ".join(known.name for known in suited)
        raise UnavailableError(f"for {name} they need a CPU with {needed}")
    raise UnavailableError(f"there are none for {name}{' with AVX2' if narrow else ''}")


@cache
def cpu_flags() -> frozenset[str]:
    """Return the features of this CPU, as Linux calls them; none on other systems."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())
