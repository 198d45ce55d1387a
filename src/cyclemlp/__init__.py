"""CycleMLP as a working tool. Importing it registers the models with timm."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cyclemlp.models import CycleFC, CycleMixer, CycleMLP
from cyclemlp.ops import cycle_fc, cycle_fc_reference, cycle_offsets

if TYPE_CHECKING:
    from cyclemlp.bundle import Bundle, load
    from cyclemlp.verbs.benchmark import benchmark
    from cyclemlp.verbs.evaluate import evaluate
    from cyclemlp.verbs.info import info
    from cyclemlp.verbs.predict import predict
    from cyclemlp.verbs.train import train

__all__ = [
    "Bundle",
    "CycleFC",
    "CycleMLP",
    "CycleMixer",
    "benchmark",
    "cycle_fc",
    "cycle_fc_reference",
    "cycle_offsets",
    "evaluate",
    "info",
    "load",
    "predict",
    "train",
]

# Imported when first asked for: the models alone need neither the Hub nor the training libraries.
_LAZY = {
    "Bundle": "bundle",
    "load": "bundle",
    "benchmark": "verbs.benchmark",
    "evaluate": "verbs.evaluate",
    "info": "verbs.info",
    "predict": "verbs.predict",
    "train": "verbs.train",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == __name__:
            raise
        raise ModuleNotFoundError(
            f"{__name__}.{name} needs {library}, which is not installed: "
            f"pip install '{__name__}[train]'",
            name=error.name,
        ) from error


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
