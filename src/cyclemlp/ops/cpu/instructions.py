"""The instruction sets that the kernels are compiled for, and which of them this CPU has.

Importing this imports no torch, see `packaged.py`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cyclemlp.ops.cpu.unavailable import UnavailableError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class InstructionSet:
    """One way to compile the C sources.

    Attributes:
        name: as its vendor writes it.
        dtypes: names of those that it has kernels for, as torch writes them.
        flags: the flags of `/proc/cpuinfo` that it needs.
        portable: gcc's options for any CPU with these flags.
        native: gcc's options for the CPU of this machine.
    """

    name: str
    dtypes: tuple[str, ...]
    flags: frozenset[str]
    portable: tuple[str, ...]
    native: tuple[str, ...] = ("-march=native",)


_FLAGS2 = frozenset({"avx2", "fma"})
_FLAGS512 = _FLAGS2 | {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
_OPTIONS2 = ("-mavx2", "-mfma")
_OPTIONS512 = (*_OPTIONS2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl")

AMX = InstructionSet(
    "AMX",
    ("bfloat16",),
    _FLAGS512 | {"avx512_bf16", "amx_bf16", "amx_tile"},
    (*_OPTIONS512, "-mavx512bf16", "-mamx-bf16", "-mamx-tile", "-mtune=sapphirerapids"),
)
AVX512 = InstructionSet(
    "AVX-512", ("float32", "float64"), _FLAGS512, (*_OPTIONS512, "-mtune=skylake-avx512")
)
AVX2 = InstructionSet(
    "AVX2",
    ("float32", "float64"),
    _FLAGS2,
    (*_OPTIONS2, "-mtune=haswell", "-DAVX2"),
    ("-march=native", "-DAVX2", "-mno-avx512f"),
)
NEON = InstructionSet(
    "NEON",
    ("float32", "float64"),
    frozenset({"asimd"}),
    ("-march=armv8-a",),
    ("-mcpu=native",),
)
_BY_MACHINE = {"x86_64": (AMX, AVX512, AVX2), "aarch64": (NEON,)}
FASTEST_FIRST = _BY_MACHINE.get(platform.machine(), ())


def instruction_set(dtype: torch.dtype, narrow: bool = False) -> InstructionSet:
    """Return the fastest instruction set of this CPU that there are kernels of a dtype for.

    Args:
        dtype: of the tensors.
        narrow: use AVX2 at most.

    Raises:
        UnavailableError: there is none.
    """
    allowed = (AVX2,) if narrow else FASTEST_FIRST
    name = str(dtype).removeprefix("torch.")
    suited = [known for known in allowed if name in known.dtypes]
    usable = [known for known in suited if known.flags <= cpu_flags()]
    if usable:
        return usable[0]
    if suited:
        needed = " or ".join(known.name for known in suited)
        raise UnavailableError(f"for {name} they need a CPU with {needed}")
    raise UnavailableError(f"there are none for {name}{' with AVX2' if narrow else ''}")


@cache
def cpu_flags() -> frozenset[str]:
    """Return the features of this CPU, as Linux calls them; none on other systems."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(flags.partition(":")[2].split())
