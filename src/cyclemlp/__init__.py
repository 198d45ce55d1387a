"""CycleMLP as a working tool. Importing it registers the models with timm."""

from cyclemlp.models import CycleFC, CycleMixer, CycleMLP
from cyclemlp.ops import cycle_fc, cycle_fc_reference, cycle_offsets

__all__ = ["CycleFC", "CycleMLP", "CycleMixer", "cycle_fc", "cycle_fc_reference", "cycle_offsets"]
