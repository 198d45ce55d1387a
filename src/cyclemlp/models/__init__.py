"""The CycleMLP models; importing this registers them with timm."""

from cyclemlp.models import variants
from cyclemlp.models.cyclemlp import CycleMLP
from cyclemlp.models.layers import CycleFC, CycleMixer

__all__ = ["CycleFC", "CycleMLP", "CycleMixer", "variants"]
