"""Which code a call of the operator runs, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch


@dataclass(frozen=True)
class Backend:
    """Where a call goes.

    Attributes:
        name: `"triton"`, fused GPU kernels; `"eager"`, plain torch; `"traced"`, ordinary operators
            for a compiler to fuse.
        reason: why.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def explain_backend(x: torch.Tensor) -> Backend:
    """Which path `cycle_fc(x, …)` takes here and now, and why.

    Args:
        x: the input; its device, dtype and what traces it decide.

    Example:
        >>> print(explain_backend(torch.zeros(1, 2, 2, 3)))
        eager: x is on the cpu, where moved copies and one matrix product serve
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return Backend("traced", "a compiler or tracer is at work and sees ordinary operators")
    if x.device.type != "cuda":
        where = f"x is on the {x.device.type}"
        return Backend("eager", f"{where}, where moved copies and one matrix product serve")
    if not _has_triton():
        return Backend("eager", "Triton is not installed: pip install triton fuses the gather")
    if x.dtype == torch.float64:
        return Backend("eager", "x is float64, for which the library's matrix product is faster")
    return Backend("triton", f"x is on {x.device} in {str(x.dtype).removeprefix('torch.')}")


@cache
def _has_triton() -> bool:
    return find_spec("triton") is not None


def kernels(x: torch.Tensor) -> Any | None:
    """The module of fused kernels where a call on x takes them, imported when first needed."""
    if x.device.type != "cuda" or explain_backend(x).name != "triton":
        return None
    return import_module("cyclemlp.ops.triton")
