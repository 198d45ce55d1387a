"""The kernels that tests run: of this processor, with AVX2, and NEON's in an emulator."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import torch

from cyclemlp.ops import backend
from cyclemlp.ops.cpu import library
from cyclemlp.ops.cpu.instructions import (
    AVX2,
    AVX512,
    NEON,
    InstructionSet,
    cpu_flags,
    instruction_set,
)
from cyclemlp.ops.cpu.unavailable import UnavailableError

from .emulated import IS_INSTALLED, emulated

KernelSet: TypeAlias = tuple[torch.dtype, Any]
"""A dtype, and a backend's name or `"neon"`."""

_IS_WIDE = cpu_flags() >= AVX512.flags  # AVX2 is then tested beside the widest instructions
_NEON = (
    pytest.mark.slow,
    pytest.mark.skipif(
        not IS_INSTALLED, reason="apt install gcc-aarch64-linux-gnu qemu-user runs NEON's kernels"
    ),
)


def kernel_sets(dtypes: Collection[torch.dtype]) -> list[Any]:
    """Return the parameters of a fixture that calls `running` with each of them."""
    narrow = _of(AVX2, dtypes) if _IS_WIDE else []
    emulated = [pytest.param((dtype, "neon"), marks=_NEON) for dtype in _of(NEON, dtypes)]
    return [*((dtype, "auto") for dtype in dtypes), *((d, "avx2") for d in narrow), *emulated]


def name_of(case: KernelSet) -> str:
    """Return a test's name for a set."""
    return f"{case[0]}-{case[1]}".removeprefix("torch.")


@contextmanager
def running(case: KernelSet, folder: Path) -> Iterator[torch.dtype]:
    """Run a set of kernels within this context, which gives its dtype."""
    dtype, name = case
    with emulated(dtype, folder) if name == "neon" else backend(name):
        yield dtype if name == "neon" else required(dtype)


def required(dtype: torch.dtype) -> torch.dtype:
    """Skip a test if this processor has no kernels for a dtype."""
    try:
        instruction_set(dtype)
    except UnavailableError as error:
        pytest.skip(str(error))
    assert library.find(dtype).missing == ""
    return dtype


def _of(instructions: InstructionSet, dtypes: Collection[torch.dtype]) -> list[torch.dtype]:
    return [dtype for dtype in dtypes if str(dtype).removeprefix("torch.") in instructions.dtypes]
