"""timm's optimizers and schedules, in epochs."""

from __future__ import annotations

import torch
from timm.optim import create_optimizer_v2, list_optimizers
from timm.scheduler import create_scheduler_v2
from timm.scheduler.scheduler import Scheduler
from torch import nn

from cyclemlp.training.settings import Optim


def default_lr(base_lr: tuple[float, int], global_batch: int) -> float:
    """The linear scaling rule of the released code, e.g. 5e-4 for every 512 images.

    Args:
        base_lr: a task's learning rate and the images an optimizer step it belongs to.
        global_batch: images an optimizer step takes, over all devices and accumulated batches.
    """
    lr, images = base_lr
    return lr * global_batch / images


def create_optimizer(network: nn.Module, optim: Optim, lr: float) -> torch.optim.Optimizer:
    """Build `optim`'s optimizer over `network`'s parameters, in timm's groups.

    Raises:
        ValueError: timm has no such optimizer, or layer decay is asked of a network that cannot
            order its layers.
    """
    names = [str(name) for name in list_optimizers()]
    if optim.name not in names:
        raise ValueError(
            f"--optim.name {optim.name!r} is no optimizer of timm; it has {', '.join(names)}"
        )
    if optim.layer_decay is not None and not hasattr(network, "group_matcher"):
        raise ValueError(
            f"--optim.layer-decay needs a network that orders its layers, as timm's do with "
            f"group_matcher, and {type(network).__name__} does not; leave it out"
        )
    extra = {"eps": optim.eps, "betas": optim.betas}
    return create_optimizer_v2(
        network,
        opt=optim.name,
        lr=lr,
        weight_decay=optim.weight_decay,
        momentum=optim.momentum,
        layer_decay=optim.layer_decay,
        **{key: value for key, value in extra.items() if value is not None},
    )


def create_schedule(
    optimizer: torch.optim.Optimizer, optim: Optim, epochs: int, steps_per_epoch: int
) -> Scheduler:
    """Build `optim`'s schedule, to be stepped with ``step_update(optimizer steps done)``.

    timm's own, because torch's schedulers do not know the ``lr_scale`` that layer decay leaves in
    the groups.

    Args:
        optimizer: whose ``lr`` is the peak.
        optim: shape, warm-up, cooldown.
        epochs: of the whole run, warm-up and cooldown included.
        steps_per_epoch: optimizer steps.
    """
    lr = peak_lr(optimizer)
    schedule, _ = create_scheduler_v2(
        optimizer,
        sched=optim.schedule,
        num_epochs=max(1, epochs - optim.cooldown_epochs),
        cooldown_epochs=optim.cooldown_epochs,
        warmup_epochs=optim.warmup_epochs,  # type: ignore[arg-type]  # fractions work
        # The scaling rule makes the peak small for small batches; nothing may lie above it.
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
    """The learning rate of the last layers, which layer decay does not slow."""
    return max(group["lr"] for group in optimizer.param_groups)
