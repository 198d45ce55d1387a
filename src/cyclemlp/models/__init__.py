"""The CycleMLP models and AS-MLP; importing this registers them with timm."""

from cyclemlp.models import as_mlp_variants, variants
from cyclemlp.models.as_mlp import ASMLP
from cyclemlp.models.axial import AxialShift, ShiftFC
from cyclemlp.models.cyclemlp import CycleMLP
from cyclemlp.models.layers import CycleFC
from cyclemlp.models.mixer import CycleMixer

__all__ = [
    "ASMLP",
    "AxialShift",
    "CycleFC",
    "CycleMLP",
    "CycleMixer",
    "ShiftFC",
    "as_mlp_variants",
    "variants",
]
