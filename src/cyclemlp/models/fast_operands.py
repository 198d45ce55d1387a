"""Whether there are kernels for a layer on the CPU, and the operands that fused paths take."""

from __future__ import annotations

from typing import Any

import torch
from timm.layers import Mlp

from cyclemlp.ops.cpu import library
from cyclemlp.ops.plain.mixing import Branch
from cyclemlp.ops.selection import selected_backend


def are_available(dtype: torch.dtype, stepsize: int = 1) -> bool:
    """Return whether there are kernels for a dtype and stepsize, and `backend` permits them."""
    # asked here too, because compilers trace this function and guard what it reads
    return selected_backend() != "plain" and _has_cpu_kernels(dtype, stepsize)


@torch.compiler.assume_constant_result
def _has_cpu_kernels(dtype: torch.dtype, stepsize: int) -> bool:
    """Return whether this CPU has kernels for a dtype and stepsize; a constant for compilers."""
    return library.why_not(dtype, stepsize) is None


def planned(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute a prepared block with packed weights, or return None; see `prepared.py`."""
    plan = vars(layers).get("plan")
    return None if plan is None else plan(layers, x)


def operands(layer: Any, dtype: torch.dtype) -> Branch:
    """Return the weight and bias of a linear layer in a dtype."""
    bias = layer.bias
    return layer.weight.to(dtype), None if bias is None else bias.to(dtype)


def mlp_operands(mlp: Mlp, dtype: torch.dtype) -> tuple[Branch, Branch]:
    """Return the operands of both layers of an MLP."""
    return operands(mlp.fc1, dtype), operands(mlp.fc2, dtype)
