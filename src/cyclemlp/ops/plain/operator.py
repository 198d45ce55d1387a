"""The operator and its gradients by shifted copies and the matrix products of torch."""

from __future__ import annotations

import torch

from cyclemlp.ops.offsets import Cycle
from cyclemlp.ops.plain.eager import cycle_fc_eager, shift, shift_adjoint


def forward(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, cycle: Cycle
) -> torch.Tensor:
    """See `cyclemlp.ops.backends.Implementation`."""
    return cycle_fc_eager(x, weight, bias, cycle.offsets)


def grad_x(
    grad: torch.Tensor, weight: torch.Tensor, shape: torch.Size, cycle: Cycle
) -> torch.Tensor:
    """See `cyclemlp.ops.backends.Implementation`."""
    return shift_adjoint(grad @ weight, cycle.offsets)


def grad_weight(grad: torch.Tensor, x: torch.Tensor, cycle: Cycle) -> torch.Tensor:
    """See `cyclemlp.ops.backends.Implementation`."""
    return grad.flatten(0, 2).T @ shift(x, cycle.offsets).flatten(0, 2)
