"""Progress on standard error: a live bar in a terminal, and one line per epoch."""

from __future__ import annotations

import time
from math import isnan
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback, RichProgressBar
from typing_extensions import override

from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.run.clock import Clock
from cyclemlp.training.run.history import History
from cyclemlp.training.run.row import Row, score_names, training_names

_SHOWN_SCORES = 5  # detection has a dozen more, which metrics.csv shows


class LiveBar(RichProgressBar):
    """Rich's bar with the loss, images per second and the time left of the whole run."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(refresh_rate=4)
        self._clock = clock
        self._shown: dict[str, Any] = {}
        self._shown_at = 0.0

    @override
    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        assert isinstance(pl_module, TrainingModule)
        # Reading the loss waits for the device; twice a second does not slow training down.
        if time.perf_counter() - self._shown_at > 0.5:
            self._shown_at = time.perf_counter()
            self._shown = {
                "loss": pl_module.loss.item(),
                "images/s": _rate(self._clock),
                "left": self._clock.left(trainer),
            }
        return self._shown

    @override
    def _get_train_description(self, current_epoch: int) -> str:
        return f"epoch {current_epoch + 1}/{self.trainer.max_epochs}"  # Lightning counts from 0


class EpochLines(Callback):
    """Prints one plain line after every epoch, for logs and notebooks."""

    def __init__(self, clock: Clock, history: History) -> None:
        self._clock = clock
        self._history = history

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        row = self._history.rows[-1]
        figures = "  ".join(f"{name} {row[name]:.4g}" for name in self._shown_names(row))
        print_message(
            f"epoch {row['epoch']}/{trainer.max_epochs}  {figures}  "
            f"{_rate(self._clock)} images/s  {self._clock.left(trainer)} left"
        )

    def _shown_names(self, row: Row) -> list[str]:
        """Return the names of learning rate, losses, headline metric and the next few metrics.

        Undefined metrics, such as the AP of small objects where there are none, are left out.
        """
        headline = self._history.headline
        scores = sorted(score_names(row), key=lambda name: name != headline)  # the headline first
        defined = [name for name in scores if name == headline or not isnan(row[name])]
        return [*training_names(row), *defined[:_SHOWN_SCORES]]


def _rate(clock: Clock) -> str:
    """Return the images per second with at least two digits; large images take seconds each."""
    rate = clock.images_per_second
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.2g}"
