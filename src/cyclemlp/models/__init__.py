"""The CycleMLP models; importing this registers them with timm."""

from cyclemlp.models import variants
from cyclemlp.models.cyclemlp import CycleMLP
from cyclemlp.models.layers import CycleFC
from cyclemlp.models.mixer import CycleMixer

__all__ = ["CycleFC", "CycleMLP", "CycleMixer", "variants"]
