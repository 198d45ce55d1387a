"""Which epochs are validated."""

from __future__ import annotations

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from typing_extensions import override


class ValidateLast(Callback):
    """Validates the last epoch too, whatever ``--val-every`` is: a run ends with its scores."""

    @override
    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        _validate_last(trainer)

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        _validate_last(trainer)  # a run that resumes within an epoch does not start it


def _validate_last(trainer: pl.Trainer) -> None:
    assert trainer.max_epochs is not None
    if trainer.current_epoch + 1 >= trainer.max_epochs:
        trainer.check_val_every_n_epoch = 1
