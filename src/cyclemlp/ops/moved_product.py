"""A shift and a product by the implementation that suits, with its gradient.

The gradient keeps the input alone and shifts it again, so training stores no shifted copy.
"""

from __future__ import annotations

from typing import Any

import torch

from cyclemlp.ops.backends import implementation
from cyclemlp.ops.plain.operator import PLAIN
from cyclemlp.ops.precision import computing_dtype, is_cast
from cyclemlp.ops.tables import Moves
from cyclemlp.ops.tracing import is_gradient_watched


def eager(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, moves: Moves
) -> torch.Tensor:
    """Compute without the registered operator.

    Its dispatch from Python takes a tenth of a millisecond: as long as the computation on a GPU,
    and as a small one on a CPU.
    """
    if is_cast(x):
        dtype = computing_dtype(x)
        x, weight = x.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    if torch.is_grad_enabled():
        return _MovedProduct.apply(x, weight, bias, moves)  # pyright: ignore[reportReturnType]
    return compute(x, weight, bias, moves)


def compute(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, moves: Moves
) -> torch.Tensor:
    """Compute the output `(B, H, W, C_out)`, without a gradient."""
    return implementation(moves, x, weight, bias).forward(x, weight, bias, moves)


def keep(ctx: Any, x: torch.Tensor, weight: torch.Tensor, moves: Moves) -> None:
    """Save the operands of the required gradients: for a frozen weight, x is not saved."""
    needs_x, needs_weight = ctx.needs_input_grad[:2]
    ctx.save_for_backward(x if needs_weight else None, weight if needs_x else None)
    ctx.moves = moves


def gradients(ctx: Any, grad: torch.Tensor) -> list[torch.Tensor | None]:
    """Compute the required gradients of x, weight and bias."""
    x, weight = ctx.saved_tensors
    needs_x, needs_weight, needs_bias = ctx.needs_input_grad[:3]
    moves = ctx.moves
    # a gradient that is differentiated again or counted has to consist of ordinary operators
    by = PLAIN if is_gradient_watched() else implementation(moves, grad, x, weight)
    return [
        by.grad_x(grad, weight, moves) if needs_x else None,
        by.grad_weight(grad, x, moves) if needs_weight else None,
        grad.sum((0, 1, 2)) if needs_bias else None,
    ]


class _MovedProduct(torch.autograd.Function):
    """The operator for eager training."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, moves: Moves
    ) -> torch.Tensor:
        keep(ctx, x, weight, moves)
        return compute(x, weight, bias, moves)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        return (*gradients(ctx, grads[0]), None)
