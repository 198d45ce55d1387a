"""The Cycle FC operator and its generalization, on torch alone."""

from cyclemlp.ops.backends import Backend, explain_backend
from cyclemlp.ops.cycle_fc import cycle_fc
from cyclemlp.ops.offsets import cycle_offsets
from cyclemlp.ops.reference import cycle_fc_reference, shift_fc_reference
from cyclemlp.ops.selection import backend
from cyclemlp.ops.shift_fc import shift_fc
from cyclemlp.ops.tables import axial_offsets

__all__ = [
    "Backend",
    "axial_offsets",
    "backend",
    "cycle_fc",
    "cycle_fc_reference",
    "cycle_offsets",
    "explain_backend",
    "shift_fc",
    "shift_fc_reference",
]
