"""The operator and its gradients in ordinary torch operators."""

from __future__ import annotations

import torch

from cyclemlp.ops.offsets import Cycle
from cyclemlp.ops.plain import eager
from cyclemlp.ops.shift_then_product import ShiftThenProduct, opposite


def _shift(x: torch.Tensor, cycle: Cycle, back: bool = False) -> torch.Tensor:
    return eager.shift(x, opposite(cycle.offsets) if back else cycle.offsets)


PLAIN = ShiftThenProduct(_shift)
