"""The operator and its gradients by the C kernels."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from cyclemlp.ops.cpu import kernels
from cyclemlp.ops.offsets import opposite
from cyclemlp.ops.shift_then_product import ShiftThenProduct
from cyclemlp.ops.tables import Moves


def _shift(x: torch.Tensor, moves: Moves, back: bool = False) -> torch.Tensor:
    return kernels.shift(x, opposite(moves.offsets) if back else moves.offsets)


class _Native(ShiftThenProduct):
    """Gathers the operand inside the product; gradients use shifted copies."""

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, moves: Moves
    ) -> torch.Tensor:
        """Compute the output `(B, H, W, C_out)`."""
        if x.numel() == 0 or len(weight) == 0:
            return F.linear(x, weight, bias)
        return kernels.cycle_fc(x, weight, bias, moves.offsets)


NATIVE = _Native(_shift)
