"""The operator and its gradients on a GPU. Importing this module needs Triton."""

from __future__ import annotations

from cyclemlp.ops.cuda.shift import shift
from cyclemlp.ops.shift_then_product import ShiftThenProduct

TRITON = ShiftThenProduct(shift)
