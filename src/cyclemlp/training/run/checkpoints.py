"""Checkpoints that survive a kill or a full disk, and when they are taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins import CheckpointIO
from lightning.pytorch.callbacks import Checkpoint
from typing_extensions import override

from cyclemlp.training.lightning.stopping import Interruption
from cyclemlp.training.run.files import replacing
from cyclemlp.training.run.history import History
from cyclemlp.training.say import say


class AtomicCheckpointIO(CheckpointIO):
    """Writes a checkpoint beside its place, then renames it; reads tensors and plain values only.

    A write that fails, as on a full disk, is reported and the run goes on: the previous checkpoint
    is still there, and the next attempt may succeed. (Lightning's writer raises instead, and leaves
    the data in the page cache.)
    """

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        try:
            with replacing(Path(path)) as temporary, temporary.open("wb") as file:
                torch.save(checkpoint, file)
        except (OSError, RuntimeError) as error:
            # What torch raises when it cannot end its file hides the reason why it could not.
            cause = error.__context__ if isinstance(error, RuntimeError) else error
            if not isinstance(cause, OSError):
                raise
            kept = "the previous one is kept" if Path(path).exists() else "there is none before it"
            reason = cause.strerror or str(cause)
            say(f"could not write the checkpoint {path}: {reason}; {kept}. Training goes on.")

    @override
    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)

    @override
    def remove_checkpoint(self, path: str | Path) -> None:
        Path(path).unlink(missing_ok=True)


class Saver(Checkpoint):
    """Takes ``last.ckpt`` every so many optimizer steps and after every epoch, ``best.ckpt`` too.

    In place of Lightning's ModelCheckpoint, whose epoch-end checkpoint holds a best score but not
    the epoch's metrics, and whose step checkpoints can fall between the batches of one accumulated
    step, where gradients would be lost.

    Args:
        folder: of the checkpoints.
        every: optimizer steps between two within an epoch; None for epoch ends only.
        history: knows whether an epoch is the best; its callback must come before this one.
        interruption: whether the user asked to stop.
        on_best: called on every process when an epoch is the best so far.
    """

    def __init__(
        self,
        folder: Path,
        every: int | None,
        history: History,
        interruption: Interruption,
        on_best: Callable[[], None],
    ) -> None:
        self.last = folder / "last.ckpt"
        self.best = folder / "best.ckpt"
        self.every = every
        self.history = history
        self.interruption = interruption
        self.on_best = on_best
        self._step = 0

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._step = trainer.global_step

    @override
    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if trainer.global_step == self._step:
            return  # between the batches of an accumulated step
        self._step = trainer.global_step
        if trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:
            return  # the epoch's end follows, and Lightning would resume from here without it
        stopping = self.interruption.requested(trainer)
        if stopping or (self.every is not None and self._step % self.every == 0):
            trainer.save_checkpoint(self.last)
        if stopping:
            self.interruption.stop(trainer)

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Whatever belongs to the best epoch comes first: killed in between, the run resumes from
        # the checkpoint before and arrives here again.
        if self.history.improved:
            self.on_best()
            trainer.save_checkpoint(self.best)
        trainer.save_checkpoint(self.last)
        if not _is_over(trainer) and self.interruption.requested(trainer):
            self.interruption.stop(trainer)


def _is_over(trainer: pl.Trainer) -> bool:
    assert trainer.max_epochs is not None
    return trainer.should_stop or trainer.current_epoch + 1 >= trainer.max_epochs
