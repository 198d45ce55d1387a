"""Which implementation of the operator a call runs, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import torch

from cyclemlp.ops.cpu import library
from cyclemlp.ops.cpu.operator import NATIVE
from cyclemlp.ops.layout import is_dense
from cyclemlp.ops.offsets import check_stepsize
from cyclemlp.ops.plain.operator import PLAIN
from cyclemlp.ops.precision import computing_dtype
from cyclemlp.ops.selection import selected_backend
from cyclemlp.ops.tables import Moves
from cyclemlp.ops.tracing import is_traced

_OLDEST = (8, 0)  # compute capability that Triton supports
# The GPU kernel counts positions in 32 bits; the last tile may begin just below the end.
_MOST_GPU_POSITIONS = 2**31 - 2**16


class Implementation(Protocol):
    """An implementation of the operator and its gradients.

    There are three: `ops.plain.operator.PLAIN`, `ops.cpu.operator.NATIVE` and
    `ops.cuda.operator.TRITON`. Shapes as in `cycle_fc`; any strides.
    """

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, moves: Moves
    ) -> torch.Tensor:
        """Compute the output `(B, H, W, C_out)`."""
        ...

    def grad_x(self, grad: torch.Tensor, weight: torch.Tensor, moves: Moves) -> torch.Tensor:
        """Compute the gradient of x from that of the output."""
        ...

    def grad_weight(self, grad: torch.Tensor, x: torch.Tensor, moves: Moves) -> torch.Tensor:
        """Compute the gradient of the weight from that of the output."""
        ...


@dataclass(frozen=True)
class Backend:
    """The path that a call takes.

    Attributes:
        name: `"triton"`, a GPU kernel for the shift; `"native"`, C kernels for this processor;
            `"eager"`, torch operators; `"traced"`, torch operators for a compiler to fuse.
        reason: why this path was chosen.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def explain_backend(x: torch.Tensor, stepsize: tuple[int, int] = (1, 3)) -> Backend:
    """Return the path that `cycle_fc(x, …, stepsize)` takes in the current context, and why.

    Args:
        x: the input. Its device, its dtype (or that of autocast), its size and whether it is traced
            decide.
        stepsize: `(S_H, S_W)`; `(1, 1)` is the channel FC.

    Raises:
        ValueError: `stepsize` is not two positive integers.

    Example:
        >>> print(explain_backend(torch.zeros(1, 2, 2, 3), stepsize=(1, 1)))
        eager: stepsize (1, 1) is the channel FC, which F.linear computes
    """
    stepsize = check_stepsize(stepsize)
    if stepsize == (1, 1):
        return Backend("eager", "stepsize (1, 1) is the channel FC, which F.linear computes")
    if is_traced():
        return Backend("traced", "a compiler, tracer or transform needs ordinary operators")
    dtype = computing_dtype(x)
    if x.device.type == "cuda":
        return _cuda_backend(x, dtype)
    if x.device.type != "cpu":
        return Backend("eager", f"x is on the {x.device.type}, which has no kernels")
    return _cpu_backend(dtype, stepsize)


def implementation(moves: Moves, x: torch.Tensor, *others: torch.Tensor | None) -> Implementation:
    """Return the fastest implementation for a computation on x and the other operands.

    Args:
        moves: the offsets.
        x: the first operand, in the dtype of the computation.
        others: the remaining operands.
    """
    # C kernels first, with as few checks as possible: the call itself may take no longer
    if x.device.type == "cpu":
        available = library.why_not(x.dtype, moves.length) is None and is_dense(x, *others)
        return NATIVE if available else PLAIN
    if x.device.type == "cuda" and _cuda_backend(x, x.dtype).name == "triton":
        return import_module("cyclemlp.ops.cuda.operator").TRITON  # which needs Triton
    return PLAIN


def _cpu_backend(dtype: torch.dtype, stepsize: tuple[int, int]) -> Backend:
    where = f"x is on the cpu, computed in {_name(dtype)}"
    reason = library.why_not(dtype, stepsize[0] * stepsize[1])
    if reason is not None:
        return Backend("eager", f"{where}; {reason}")
    kernels = library.find(dtype)
    how = f"{kernels.instructions} kernels are in {kernels.file}"
    return Backend("native", f"{where}; {how}")


def _cuda_backend(x: torch.Tensor, dtype: torch.dtype) -> Backend:
    if selected_backend() == "plain":
        return Backend("eager", 'kernels are turned off by cyclemlp.ops.backend("plain")')
    reason = _why_no_triton(x.device)
    if reason is not None:
        return Backend("eager", reason)
    if x.shape[:3].numel() > _MOST_GPU_POSITIONS:
        return Backend("eager", f"the kernel takes at most {_MOST_GPU_POSITIONS:,} positions")
    return Backend("triton", f"x is on {x.device}, computed in {_name(dtype)}")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@cache
def _why_no_triton(device: torch.device) -> str | None:
    """Return why Triton cannot compile for this GPU, or None if it can."""
    if find_spec("triton") is None:
        return "Triton is not installed: pip install triton enables the GPU kernel"
    capability = torch.cuda.get_device_capability(device)
    if capability < _OLDEST:
        return f"Triton needs compute capability {_OLDEST}, {device} has {capability}"
    try:  # Triton builds its launcher with a C compiler, which can fail in many ways
        runtime: Any = import_module("triton.runtime")
        runtime.driver.active.get_current_target()
    except Exception as error:
        return f"Triton cannot compile here ({error}): it needs a C compiler, e.g. apt install gcc"
    return None
