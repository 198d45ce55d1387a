"""When a run saves a checkpoint, and where it stops after Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Checkpoint
from typing_extensions import override

from cyclemlp.training.lightning.interruption import Interruption
from cyclemlp.training.lightning.saving import save_or_report
from cyclemlp.training.run.clock import Clock
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.run.history import History


class Saver(Checkpoint):
    """Saves ``last.ckpt`` every few optimizer steps and after every epoch, and ``best.ckpt``.

    Lightning's ModelCheckpoint is not used: its epoch-end checkpoint lacks the epoch's metrics, and
    its step checkpoints can be taken between the batches of one accumulated step, where a resumed
    run would lose gradients.

    Args:
        folder: of the run.
        every: optimizer steps between two checkpoints within an epoch; None for epoch ends only.
        clock: tells whether a batch completed an optimizer step; it must be called before.
        history: tells whether an epoch is the best; it must be called before.
        interruption: tells whether the user asked to stop.
        on_best: called on every process when an epoch is the best so far.
    """

    def __init__(
        self,
        folder: RunFolder,
        every: int | None,
        clock: Clock,
        history: History,
        interruption: Interruption,
        on_best: Callable[[], None],
    ) -> None:
        self.folder = folder
        self.every = every
        self.clock = clock
        self.history = history
        self.interruption = interruption
        self.on_best = on_best

    @override
    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        # After the last batch, the end of the epoch saves; Lightning would resume without it.
        if (
            self.clock.completed_step
            and not trainer.fit_loop.epoch_loop.batch_progress.is_last_batch
        ):
            self._end_step(trainer)

    def _end_step(self, trainer: pl.Trainer) -> None:
        stopping = self.interruption.requested(trainer)
        if stopping or (self.every is not None and trainer.global_step % self.every == 0):
            save_or_report(trainer, self.folder.last)
        if stopping:
            self.interruption.stop(trainer)

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # The best epoch's files come first: a run that is killed in between resumes from the
        # previous checkpoint and writes them again.
        if self.history.improved:
            self.on_best()
            save_or_report(trainer, self.folder.best)
        save_or_report(trainer, self.folder.last)
        if not _is_over(trainer) and self.interruption.requested(trainer):
            self.interruption.stop(trainer)


def _is_over(trainer: pl.Trainer) -> bool:
    assert trainer.max_epochs is not None
    return trainer.should_stop or trainer.current_epoch + 1 >= trainer.max_epochs
