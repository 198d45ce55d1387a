"""The precision of a run: what it computes in, and what its weights are stored in."""

from __future__ import annotations

import torch

from cyclemlp.training.lightning.devices import choose_accelerator
from cyclemlp.training.settings.settings import Settings


def choose_precision(settings: Settings) -> str:
    """Return Lightning's name of the precision.

    ``auto`` is bf16-mixed on a GPU that computes in bfloat16, else 32-true.
    """
    if settings.precision != "auto":
        return settings.precision
    if choose_accelerator(settings) == "gpu" and torch.cuda.is_bf16_supported(False):
        return "bf16-mixed"
    return "32-true"


def weights_dtype(settings: Settings) -> torch.dtype:
    """Return the data type of the stored weights."""
    return {"64-true": torch.float64, "bf16-true": torch.bfloat16}.get(
        choose_precision(settings), torch.float32
    )
