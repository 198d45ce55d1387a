"""Which code a call of the operator runs, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from cyclemlp.ops.cpu import library, operator
from cyclemlp.ops.offsets import check_stepsize
from cyclemlp.ops.watching import is_traced

_OLDEST = (8, 0)  # compute capability that Triton supports


@dataclass(frozen=True)
class Backend:
    """Where a call goes.

    Attributes:
        name: `"triton"`, fused GPU kernels; `"native"`, kernels in C for this processor;
            `"eager"`, plain torch; `"traced"`, ordinary operators for a compiler to fuse.
        reason: why.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def explain_backend(x: torch.Tensor, stepsize: tuple[int, int] = (1, 3)) -> Backend:
    """Which path `cycle_fc(x, …, stepsize)` takes here and now, and why.

    Args:
        x: the input; its device, its dtype (or autocast's) and what traces it decide.
        stepsize: `(S_H, S_W)`; `(1, 1)` moves nothing.

    Raises:
        ValueError: a stepsize that is not two positive integers.

    Example:
        >>> print(explain_backend(torch.zeros(1, 2, 2, 3), stepsize=(1, 1)))
        eager: stepsize (1, 1) moves nothing: one matrix product serves
    """
    stepsize = check_stepsize(stepsize)
    if stepsize == (1, 1):
        return Backend("eager", "stepsize (1, 1) moves nothing: one matrix product serves")
    if is_traced():
        return Backend("traced", "a compiler, tracer or transform is to see ordinary operators")
    return _backend(x.device, computing_dtype(x), stepsize)


def computing_dtype(x: torch.Tensor) -> torch.dtype:
    """In which dtype layers compute on x, autocast considered, which leaves float64 alone."""
    kind = x.device.type
    autocast = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
    return torch.get_autocast_dtype(kind) if autocast and x.dtype != torch.float64 else x.dtype


def _backend(device: torch.device, dtype: torch.dtype, stepsize: tuple[int, int]) -> Backend:
    if device.type == "cpu":
        obstacle = _why_not_native(dtype, stepsize)
        where = f"x is on the cpu, computed in {_name(dtype)}"
        return Backend("eager", f"{where}; {obstacle}") if obstacle else Backend("native", where)
    if device.type != "cuda":
        where = f"x is on the {device.type}"
        return Backend("eager", f"{where}, where moved copies and one matrix product serve")
    obstacle = _why_no_triton(device)
    if obstacle is not None:
        return Backend("eager", obstacle)
    if dtype == torch.float64:
        return Backend("eager", "in float64 the library's matrix product is faster")
    if dtype == torch.float32 and not allows_tf32():
        # Triton's exact product of float32 takes one multiply-add after the other
        return Backend("eager", "in float32 without TF32 the library's matrix product serves")
    return Backend("triton", f"x is on {device}, computed in {_name(dtype)}")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def allows_tf32() -> bool:
    """Whether float32 products may round their factors to TF32, by either of torch's settings."""
    # the older `allow_tf32` cannot be read once somebody has written this one, which follows both
    return torch.backends.cuda.matmul.fp32_precision == "tf32"


def _why_not_native(dtype: torch.dtype, stepsize: tuple[int, int]) -> str | None:
    """What keeps the kernels in C from serving, or None."""
    if stepsize[0] * stepsize[1] > library.MOST_POSITIONS:
        return f"kernels know cycles of at most {library.MOST_POSITIONS} positions"
    obstacle = library.find(dtype).obstacle
    return f"without kernels: {obstacle}" if obstacle else None


@cache
def _why_no_triton(device: torch.device) -> str | None:
    """What keeps Triton from compiling for this GPU, or None."""
    if find_spec("triton") is None:
        return "Triton is not installed: pip install triton fuses the gather"
    capability = torch.cuda.get_device_capability(device)
    if capability < _OLDEST:
        return f"Triton needs compute capability {_OLDEST}, {device} has {capability}"
    try:  # it builds its launcher by the C compiler, which may be missing or fail in many ways
        import_module("triton.runtime").driver.active.get_current_target()
    except Exception as error:
        return f"Triton cannot compile here ({error}): it needs a C compiler, e.g. apt install gcc"
    return None


def kernels(x: torch.Tensor, stepsize: tuple[int, int]) -> Any | None:
    """The module of kernels where a computation on x takes them, imported when needed."""
    if x.device.type == "cpu":  # the shortest way: here a call may take as long as its product
        return operator if _why_not_native(x.dtype, stepsize) is None else None
    if _backend(x.device, x.dtype, stepsize).name != "triton":
        return None
    return import_module("cyclemlp.ops.cuda.triton")


def native_serves(dtype: torch.dtype, stepsize: tuple[int, int] = (1, 1)) -> bool:
    """Whether there are kernels in C for what is computed on this CPU in this dtype."""
    return _why_not_native(dtype, stepsize) is None
