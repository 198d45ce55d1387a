"""The Cycle FC operator, on torch alone."""

from cyclemlp.ops.backends import Backend, explain_backend
from cyclemlp.ops.cycle_fc import cycle_fc
from cyclemlp.ops.offsets import cycle_offsets
from cyclemlp.ops.reference import cycle_fc_reference
from cyclemlp.ops.selection import backend

__all__ = [
    "Backend",
    "backend",
    "cycle_fc",
    "cycle_fc_reference",
    "cycle_offsets",
    "explain_backend",
]
