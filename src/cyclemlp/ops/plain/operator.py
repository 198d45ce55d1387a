"""The operator and its gradients in ordinary torch operators."""

from __future__ import annotations

import torch

from cyclemlp.ops.plain import eager
from cyclemlp.ops.shift_then_product import ShiftThenProduct
from cyclemlp.ops.tables import Moves, Table


def _shift(x: torch.Tensor, moves: Moves, back: bool = False) -> torch.Tensor:
    if isinstance(moves, Table) and moves.order is not None:
        order = torch.tensor(moves.order, device=x.device)
        moved = eager.shift(x.index_select(3, order), moves.in_order.slices(back))
        return moved.index_select(3, order.argsort())
    return eager.shift(x, moves.slices(back))


PLAIN = ShiftThenProduct(_shift)
