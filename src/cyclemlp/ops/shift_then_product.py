"""The operator and its gradients as a shift and a matrix product, for any function that shifts."""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F

from cyclemlp.ops.tables import Moves


class Shift(Protocol):
    """A function that shifts every channel by its offset; outside the image it reads 0."""

    def __call__(self, x: torch.Tensor, moves: Moves, back: bool = False) -> torch.Tensor:
        """Return the shifted copy of x `(B, H, W, C)`; `back` shifts by the opposite offsets."""
        ...


class ShiftThenProduct:
    """An implementation of the operator, see `cyclemlp.ops.backends.Implementation`.

    The transpose of a shift with zeros outside the image is the shift by the opposite offsets, so
    the gradients need the same function only.

    Args:
        shift: shifts the channels.
    """

    def __init__(self, shift: Shift) -> None:
        self._shift = shift

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, moves: Moves
    ) -> torch.Tensor:
        """Compute the output `(B, H, W, C_out)`."""
        return F.linear(self._shift(x, moves), weight, bias)

    def grad_x(self, grad: torch.Tensor, weight: torch.Tensor, moves: Moves) -> torch.Tensor:
        """Compute the gradient of x from that of the output."""
        return self._shift(grad @ weight, moves, back=True)

    def grad_weight(self, grad: torch.Tensor, x: torch.Tensor, moves: Moves) -> torch.Tensor:
        """Compute the gradient of the weight from that of the output."""
        return grad.flatten(0, 2).T @ self._shift(x, moves).flatten(0, 2)
