"""The operator and its gradients by the C kernels."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from cyclemlp.ops.cpu import kernels
from cyclemlp.ops.offsets import Cycle


def forward(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, cycle: Cycle
) -> torch.Tensor:
    """See `cyclemlp.ops.backends.Implementation`."""
    if x.numel() == 0 or len(weight) == 0:
        return F.linear(x, weight, bias)
    return kernels.cycle_fc(x, weight, bias, cycle.offsets)


def grad_x(
    grad: torch.Tensor, weight: torch.Tensor, shape: torch.Size, cycle: Cycle
) -> torch.Tensor:
    """See `cyclemlp.ops.backends.Implementation`."""
    back = [(-di, -dj) for di, dj in cycle.offsets]
    return kernels.shift((grad @ weight).view(shape), back)


def grad_weight(grad: torch.Tensor, x: torch.Tensor, cycle: Cycle) -> torch.Tensor:
    """See `cyclemlp.ops.backends.Implementation`."""
    return grad.flatten(0, 2).T @ kernels.shift(x, cycle.offsets).flatten(0, 2)
