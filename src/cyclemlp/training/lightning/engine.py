"""From settings to a Lightning Trainer: devices, strategy, precision."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback, ProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy, Strategy

from cyclemlp.training.run.checkpoints import AtomicCheckpointIO
from cyclemlp.training.settings import Settings

# The first process checks every image before it joins the others, which wait for it meanwhile.
_PATIENCE = timedelta(hours=12)


def create_trainer(
    settings: Settings,
    folder: Path,
    callbacks: list[Callback],
    first_step: int,
    unused_parameters: bool = False,
) -> pl.Trainer:
    """Build the Trainer of a run.

    Args:
        settings: of the run.
        folder: of the run.
        callbacks: in the order in which they must act.
        first_step: optimizer steps already done; TensorBoard forgets what it has beyond them.
        unused_parameters: whether the network may have parameters that no step reaches.
    """
    accelerator = choose_accelerator(settings)
    return pl.Trainer(
        accelerator=accelerator,
        devices=choose_devices(settings),
        num_nodes=choose_nodes(settings),
        strategy=_strategy(settings, unused_parameters),
        precision=choose_precision(settings),  # type: ignore[arg-type]
        max_epochs=settings.epochs,
        accumulate_grad_batches=settings.accumulate,
        gradient_clip_val=settings.clip_grad,
        sync_batchnorm=settings.sync_batchnorm,
        deterministic=settings.deterministic,
        callbacks=callbacks,
        plugins=[AtomicCheckpointIO()],
        logger=TensorBoardLogger(folder, "tensorboard", version="", purge_step=first_step),
        default_root_dir=folder,
        use_distributed_sampler=False,  # ours already knows the processes
        num_sanity_val_steps=0,  # the data was checked, and a resumed run must do nothing extra
        enable_model_summary=False,
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        log_every_n_steps=1,
    )


def choose_accelerator(settings: Settings) -> str:
    """``cpu`` or ``gpu``."""
    if settings.accelerator == "auto":
        return "gpu" if torch.cuda.is_available() else "cpu"
    if settings.accelerator == "gpu" and not torch.cuda.is_available():
        raise ValueError("--accelerator gpu: torch finds no GPU here; use --accelerator cpu")
    return settings.accelerator


def choose_devices(settings: Settings) -> int:
    """Devices a machine: as asked, else as torchrun says, else every GPU or one CPU process."""
    if settings.devices is not None:
        return settings.devices
    if "LOCAL_WORLD_SIZE" in os.environ:
        return int(os.environ["LOCAL_WORLD_SIZE"])
    return torch.cuda.device_count() if choose_accelerator(settings) == "gpu" else 1


def choose_nodes(settings: Settings) -> int:
    """Machines: as asked, else as torchrun says, else one."""
    return settings.num_nodes or int(os.environ.get("GROUP_WORLD_SIZE", 1))


def choose_precision(settings: Settings) -> str:
    """As asked; ``auto`` is bf16-mixed where the GPU computes it, else 32-true."""
    if settings.precision != "auto":
        return settings.precision
    if choose_accelerator(settings) == "gpu" and torch.cuda.is_bf16_supported(False):
        return "bf16-mixed"
    return "32-true"


def weights_dtype(settings: Settings) -> torch.dtype:
    """What the weights themselves are kept in."""
    return {"64-true": torch.float64, "bf16-true": torch.bfloat16}.get(
        choose_precision(settings), torch.float32
    )


def _strategy(settings: Settings, unused_parameters: bool) -> Strategy | str:
    processes = choose_devices(settings) * choose_nodes(settings)
    if settings.strategy == "fsdp2":
        from cyclemlp.training.lightning.sharding import sharding_strategy

        return sharding_strategy(processes, _PATIENCE)
    if settings.strategy == "ddp" or processes > 1:
        return DDPStrategy(timeout=_PATIENCE, find_unused_parameters=unused_parameters)
    return "auto"


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep back what Lightning says of itself and this library says better, and nothing else."""
    loggers = [logging.getLogger(f"lightning.{part}") for part in ("pytorch", "fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)  # INFO: devices seen, ranks, why fit stopped, tips
    try:
        with warnings.catch_warnings():
            for text in _KNOWN_WARNINGS:
                warnings.filterwarnings("ignore", message=text)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


# Each with the reason why it says nothing here.
_KNOWN_WARNINGS = (
    r".*does not have many workers.*",  # --workers is the user's choice, 0 a fine one
    r".*GPU available but not used.*",  # --accelerator cpu says so
    r".*did not find any unused parameters.*",  # a network may have them; few do
    r".*set_vital.*",  # torch's own DataLoader calls a function that torch 2.15 deprecates
    r".*LeafSpec.*",  # Lightning 2.6 likewise
)
