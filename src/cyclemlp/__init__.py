"""CycleMLP as a working tool. Importing it registers the models with timm."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cyclemlp.after_import import import_after
from cyclemlp.extras import needed_by

if TYPE_CHECKING:
    from cyclemlp.bundle.bundle import Bundle
    from cyclemlp.bundle.loading import load
    from cyclemlp.models import CycleFC, CycleMixer, CycleMLP
    from cyclemlp.models.prepared import prepare
    from cyclemlp.ops import (
        axial_offsets,
        cycle_fc,
        cycle_fc_reference,
        cycle_offsets,
        shift_fc,
        shift_fc_reference,
    )
    from cyclemlp.verbs.benchmark import benchmark
    from cyclemlp.verbs.check import check
    from cyclemlp.verbs.compare import compare
    from cyclemlp.verbs.evaluate import evaluate
    from cyclemlp.verbs.explain import explain
    from cyclemlp.verbs.export import export
    from cyclemlp.verbs.info import info
    from cyclemlp.verbs.predict import predict
    from cyclemlp.verbs.receptive import receptive
    from cyclemlp.verbs.serve import serve
    from cyclemlp.verbs.train import train

__all__ = [
    "Bundle",
    "CycleFC",
    "CycleMLP",
    "CycleMixer",
    "axial_offsets",
    "benchmark",
    "check",
    "compare",
    "cycle_fc",
    "cycle_fc_reference",
    "cycle_offsets",
    "evaluate",
    "explain",
    "export",
    "info",
    "load",
    "predict",
    "prepare",
    "receptive",
    "serve",
    "shift_fc",
    "shift_fc_reference",
    "train",
]

# Imported when first asked for: the command line answers before torch is imported, and the models
# alone need neither the Hub nor the training libraries.
_LAZY = {
    "Bundle": "bundle.bundle",
    "CycleFC": "models",
    "CycleMLP": "models",
    "CycleMixer": "models",
    "axial_offsets": "ops",
    "benchmark": "verbs.benchmark",
    "check": "verbs.check",
    "compare": "verbs.compare",
    "cycle_fc": "ops",
    "cycle_fc_reference": "ops",
    "cycle_offsets": "ops",
    "evaluate": "verbs.evaluate",
    "explain": "verbs.explain",
    "export": "verbs.export",
    "info": "verbs.info",
    "load": "bundle.loading",
    "predict": "verbs.predict",
    "prepare": "models.prepared",
    "receptive": "verbs.receptive",
    "serve": "verbs.serve",
    "shift_fc": "ops",
    "shift_fc_reference": "ops",
    "train": "verbs.train",
}
_PACKAGES = ("models", "ops")


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needed_by(name):
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


import_after("torch", f"{__name__}.ops")
import_after("timm", f"{__name__}.models")
