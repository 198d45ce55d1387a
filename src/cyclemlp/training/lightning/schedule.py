"""timm's learning-rate schedules, in epochs."""

from __future__ import annotations

import torch
from timm.scheduler import create_scheduler_v2
from timm.scheduler.scheduler import Scheduler

from cyclemlp.training.settings.optim import Optim


def create_schedule(
    optimizer: torch.optim.Optimizer, optim: Optim, epochs: int, steps_per_epoch: int
) -> Scheduler:
    """Return the schedule that `optim` describes; step it with ``step_update(steps done)``.

    torch's schedulers are not used, because they ignore the ``lr_scale`` that layer decay sets in
    the parameter groups.

    Args:
        optimizer: its ``lr`` is the peak.
        optim: shape, warmup and cooldown.
        epochs: of the whole run, warmup and cooldown included.
        steps_per_epoch: optimizer steps.
    """
    lr = peak_lr(optimizer)
    schedule, _ = create_scheduler_v2(
        optimizer,
        sched=optim.schedule,
        num_epochs=max(1, epochs - optim.cooldown_epochs),
        cooldown_epochs=optim.cooldown_epochs,
        warmup_epochs=optim.warmup_epochs,  # type: ignore[arg-type]  # fractions work
        # Linear scaling makes the peak small for small batches, and no value may exceed it.
        warmup_lr=min(optim.warmup_lr, lr),
        min_lr=min(optim.min_lr, lr),
        decay_rate=optim.power if optim.schedule == "poly" else 0.1,  # timm's name for the power
        decay_milestones=optim.milestones,  # type: ignore[arg-type]  # fractions work
        step_on_epochs=False,
        updates_per_epoch=steps_per_epoch,
    )
    assert schedule is not None
    return schedule


def peak_lr(optimizer: torch.optim.Optimizer) -> float:
    """Return the learning rate of the last layers, which layer decay does not lower."""
    return max(group["lr"] for group in optimizer.param_groups)
