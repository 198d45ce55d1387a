"""Which instruction set the kernels are compiled for."""

from __future__ import annotations

import pytest
import torch

from cyclemlp.ops.cpu import instructions
from cyclemlp.ops.cpu.instructions import AMX, AVX2, AVX512, NEON, instruction_set
from cyclemlp.ops.cpu.unavailable import UnavailableError

LAPTOP = AVX2.flags
SERVER = LAPTOP | AVX512.flags
NEWEST = SERVER | AMX.flags


@pytest.mark.parametrize(
    ("flags", "dtype", "narrow", "expected"),
    [
        (LAPTOP, torch.float32, False, AVX2),
        (SERVER, torch.float32, False, AVX512),
        (SERVER, torch.float64, True, AVX2),
        (NEWEST, torch.float32, False, AVX512),
        (NEWEST, torch.bfloat16, False, AMX),
        (NEON.flags, torch.float32, False, NEON),
    ],
)
def test_the_fastest_that_the_cpu_has_is_chosen(monkeypatch, flags, dtype, narrow, expected):
    if expected is NEON:
        monkeypatch.setattr(instructions, "FASTEST_FIRST", (NEON,))
    monkeypatch.setattr(instructions, "cpu_flags", lambda: flags)
    assert instruction_set(dtype, narrow) is expected


@pytest.mark.parametrize(
    ("flags", "dtype", "narrow", "reason"),
    [
        (
            {"sse4_2", "avx2"},
            torch.float32,
            False,
            "for float32 they need a CPU with AVX-512 or AVX2",
        ),
        (SERVER, torch.bfloat16, False, "for bfloat16 they need a CPU with AMX"),
        (NEWEST, torch.bfloat16, True, "there are none for bfloat16 with AVX2"),
        (NEWEST, torch.float16, False, "there are none for float16"),
    ],
)
def test_what_a_cpu_lacks_is_named(monkeypatch, flags, dtype, narrow, reason):
    monkeypatch.setattr(instructions, "cpu_flags", lambda: frozenset(flags))
    with pytest.raises(UnavailableError) as error:
        instruction_set(dtype, narrow)
    assert str(error.value) == reason
