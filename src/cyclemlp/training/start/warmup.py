"""A warm-up that fits into a short run."""

from __future__ import annotations

from dataclasses import replace

from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings

_SHARE = 1 / 5  # of the epochs before the cooldown


def fit_warmup(settings: Settings) -> Settings:
    """Return the settings with a shorter warm-up, and print so, if it is longer than the run.

    Recipes have a warm-up of several epochs; a first try is often a run of one.

    Args:
        settings: of the run.
    """
    warmup, room = settings.optim.warmup_epochs, settings.epochs - settings.optim.cooldown_epochs
    if warmup <= room:
        return settings
    shorter = room * _SHARE
    print_message(
        f"note: --epochs {settings.epochs} leaves no room for {warmup:g} warm-up epochs; the "
        f"warm-up takes {shorter:g} instead (--optim.warmup-epochs)"
    )
    return replace(settings, optim=replace(settings.optim, warmup_epochs=shorter))
