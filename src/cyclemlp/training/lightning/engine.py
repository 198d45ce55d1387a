"""From settings to a Lightning Trainer and module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import lightning.pytorch as pl
from lightning.fabric.plugins import CheckpointIO
from lightning.pytorch.callbacks import Callback, ProgressBar
from lightning.pytorch.loggers import Logger
from lightning.pytorch.strategies import DDPStrategy, Strategy
from torch import nn

from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.devices import (
    choose_accelerator,
    choose_devices,
    choose_nodes,
    count_processes,
)
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.lightning.precision import choose_precision
from cyclemlp.training.settings.settings import Settings

# The other processes wait while the first one checks every image.
_TIMEOUT = timedelta(hours=12)


def create_trainer(
    settings: Settings,
    root: Path,
    callbacks: Sequence[Callback],
    checkpoint_io: CheckpointIO,
    loggers: Sequence[Logger],
    unused_parameters: bool,
) -> pl.Trainer:
    """Return the Trainer of a run.

    Args:
        settings: of the run.
        root: folder for files that Lightning writes.
        callbacks: in the order in which they are called.
        checkpoint_io: writes and reads the checkpoints.
        loggers: receive the metrics of each epoch.
        unused_parameters: whether the network may have parameters that no step uses.
    """
    return pl.Trainer(
        accelerator=choose_accelerator(settings),
        devices=choose_devices(settings),
        num_nodes=choose_nodes(settings),
        strategy=_strategy(settings, unused_parameters),
        precision=choose_precision(settings),  # type: ignore[arg-type]
        max_epochs=settings.epochs,
        accumulate_grad_batches=settings.accumulate,
        gradient_clip_val=settings.clip_grad,
        sync_batchnorm=settings.sync_batchnorm,
        deterministic=settings.deterministic,
        callbacks=list(callbacks),
        plugins=[checkpoint_io],
        logger=list(loggers),
        check_val_every_n_epoch=settings.val_every,
        default_root_dir=root,
        use_distributed_sampler=False,  # the library's sampler splits the data itself
        num_sanity_val_steps=0,  # the data is checked before, and a resumed run must not do more
        enable_model_summary=False,
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        log_every_n_steps=1,
    )


def create_module(settings: Settings, network: nn.Module, task: Task, lr: float) -> TrainingModule:
    """Return the Lightning module that trains `network`, sharded if the strategy is fsdp2."""
    if settings.strategy != "fsdp2":
        return TrainingModule(network, task, settings, lr)
    from cyclemlp.training.lightning.sharding import ShardedModule

    return ShardedModule(network, task, settings, lr)


def _strategy(settings: Settings, unused_parameters: bool) -> Strategy | str:
    processes = count_processes(settings)
    if settings.strategy == "fsdp2":
        from cyclemlp.training.lightning.sharding import sharding_strategy

        return sharding_strategy(processes, _TIMEOUT)
    if settings.strategy == "ddp" or processes > 1:
        return DDPStrategy(timeout=_TIMEOUT, find_unused_parameters=unused_parameters)
    return "auto"
