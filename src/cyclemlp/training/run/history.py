"""What every epoch gave: metrics.csv, TensorBoard's curves, the best epoch, early stop."""

from __future__ import annotations

import csv
import io
from math import inf, isnan
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from typing_extensions import override

from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.lightning.optim import peak_lr
from cyclemlp.training.run.files import write_text

Row = dict[str, float]


class History(Callback):
    """The run's epochs, one row each.

    The rows travel in the checkpoint and metrics.csv is written anew from them, so that a resumed
    run's file equals an uninterrupted run's. Lightning's CSVLogger deletes the file it finds, its
    EarlyStopping forgets that it had stopped, and its checkpoints are written before the epoch's
    metrics are logged; here the best epoch and the early stop are functions of the rows.

    Args:
        path: of metrics.csv.
        headline: the validation metric to rank epochs by; higher is better.
        patience: epochs without a better one after which to stop; None for never.
    """

    def __init__(self, path: Path, headline: str, patience: int | None = None) -> None:
        self.path = path
        self.headline = headline
        self.patience = patience
        self.rows: list[Row] = []

    @property
    def best(self) -> Row:
        """The first of the best epochs; one without a value, NaN, is worse than any other."""
        return max(self.rows, key=lambda row: _rank(row[self.headline]))

    @property
    def best_scores(self) -> Row:
        """The best epoch's validation metrics."""
        other = ("epoch", "step", "lr")
        return {k: v for k, v in self.best.items() if k not in other and not k.startswith("train_")}

    @property
    def improved(self) -> bool:
        """Whether the latest epoch is the best."""
        return self.best is self.rows[-1]

    @property
    def exhausted(self) -> bool:
        """Whether `patience` has run out."""
        if self.patience is None or not self.rows:
            return False
        return self.rows[-1]["epoch"] - self.best["epoch"] >= self.patience

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        trainer.should_stop |= self.exhausted
        if self.rows:
            self._write(trainer)

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, TrainingModule)
        losses = {f"train_{name}": value for name, value in pl_module.mean_losses().items()}
        row: Row = {"epoch": trainer.current_epoch + 1, "step": trainer.global_step}
        row |= {"lr": peak_lr(trainer.optimizers[0]), **losses, **pl_module.scores}
        self.rows.append(row)
        self._write(trainer)
        for logger in trainer.loggers:
            logger.log_metrics({k: v for k, v in row.items() if k != "step"}, trainer.global_step)
        trainer.should_stop |= self.exhausted

    def _write(self, trainer: pl.Trainer) -> None:
        if trainer.is_global_zero:
            text = io.StringIO()
            writer = csv.DictWriter(text, fieldnames=list(self.rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(
                {k: "" if isnan(v) else v for k, v in row.items()} for row in self.rows
            )
            write_text(self.path, text.getvalue())

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = list(state_dict["rows"])


def _rank(value: float) -> float:
    return -inf if isnan(value) else value
