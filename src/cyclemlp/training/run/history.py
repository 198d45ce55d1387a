"""The metrics of every epoch: metrics.csv, TensorBoard, the best epoch, early stopping."""

from __future__ import annotations

import csv
import io
from math import isnan
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from typing_extensions import override

from cyclemlp.console.files import write_text
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.lightning.schedule import peak_lr
from cyclemlp.training.run.row import Row, make_row, score_names


class History(Callback):
    """The run's epochs, one row each.

    The checkpoint holds the rows, and metrics.csv is rewritten from them, so that the file of a
    resumed run equals that of an uninterrupted run. The best epoch and early stopping are computed
    from the rows. Lightning's CSVLogger deletes an existing file, its EarlyStopping forgets that it
    stopped, and its checkpoints are written before the epoch's metrics are logged.

    Args:
        path: of metrics.csv.
        headline: the validation metric that ranks the epochs; higher is better.
        patience: number of epochs without improvement after which to stop; None for never.
    """

    def __init__(self, path: Path, headline: str, patience: int | None = None) -> None:
        self.path = path
        self.headline = headline
        self.patience = patience
        self.rows: list[Row] = []

    @property
    def _validated(self) -> list[Row]:
        return [row for row in self.rows if self.headline in row]

    @property
    def is_ranked(self) -> bool:
        """Whether an epoch was validated."""
        return bool(self._validated)

    @property
    def best(self) -> Row:
        """The first of the best validated epochs; NaN ranks below every number."""
        values = ((row, row[self.headline]) for row in self._validated)
        return max(values, key=lambda pair: (not isnan(pair[1]), pair[1]))[0]

    @property
    def best_scores(self) -> Row:
        """The best epoch's validation metrics."""
        best = self.best
        return {name: best[name] for name in score_names(best)}

    @property
    def improved(self) -> bool:
        """Whether the latest epoch is the best."""
        return self.is_ranked and self.best is self.rows[-1]

    @property
    def exhausted(self) -> bool:
        """Whether `patience` epochs have passed without improvement."""
        if self.patience is None or not self.is_ranked:
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
        row = make_row(
            trainer.current_epoch + 1,
            trainer.global_step,
            peak_lr(trainer.optimizers[0]),
            pl_module.mean_losses(),
            pl_module.scores,
        )
        self.rows.append(row)
        self._write(trainer)
        for logger in trainer.loggers:
            logger.log_metrics({k: v for k, v in row.items() if k != "step"}, trainer.global_step)
        trainer.should_stop |= self.exhausted

    def _write(self, trainer: pl.Trainer) -> None:
        if trainer.is_global_zero:
            write_text(self.path, _csv_text(self.rows))

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = list(state_dict["rows"])


def _csv_text(rows: list[Row]) -> str:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if isnan(v) else v for k, v in row.items()} for row in rows)
    return text.getvalue()
