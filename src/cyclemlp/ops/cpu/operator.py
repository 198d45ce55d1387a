"""The operator and its gradients by kernels in C, as `ops.cuda.triton` has them for GPUs."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from cyclemlp.ops.cpu import kernels
from cyclemlp.ops.offsets import period_offsets


def forward(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stepsize: tuple[int, int],
    phase: str,
) -> torch.Tensor:
    """See `cyclemlp.ops.cycle_fc`."""
    if x.numel() == 0 or len(weight) == 0:
        return F.linear(x, weight, bias)
    return kernels.cycle_fc(x, weight, bias, period_offsets(stepsize, phase))


def grad_x(
    grad: torch.Tensor,
    weight: torch.Tensor,
    shape: torch.Size,
    stepsize: tuple[int, int],
    phase: str,
) -> torch.Tensor:
    """Gradient of x, of this shape: the product, moved back."""
    back = [(-di, -dj) for di, dj in period_offsets(stepsize, phase)]
    return kernels.move((grad @ weight).view(shape), back)


def grad_weight(
    grad: torch.Tensor, x: torch.Tensor, stepsize: tuple[int, int], phase: str
) -> torch.Tensor:
    """Gradient of the weight: moved rows of x against those of the gradient."""
    moved = kernels.move(x, period_offsets(stepsize, phase))
    return grad.flatten(0, 2).T @ moved.flatten(0, 2)
