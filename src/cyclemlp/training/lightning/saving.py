"""Saving a checkpoint without ending the run if the disk is full."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl

from cyclemlp.training.lightning.first_process import print_message


def save_or_report(trainer: pl.Trainer, path: Path) -> None:
    """Save a checkpoint; report a failed write instead of raising. Call it on all processes.

    The previous checkpoint still exists then, and the next write may succeed.
    """
    try:
        trainer.save_checkpoint(path)
    except OSError as error:
        kept = "the previous one is kept" if path.exists() else "there is none before it"
        reason = error.strerror or str(error)
        print_message(f"could not write the checkpoint {path}: {reason}; {kept}. Training goes on.")
        # Only the first process writes; the others wait at the barrier that follows the write.
        trainer.strategy.barrier()
