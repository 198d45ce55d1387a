"""Progress: a live bar in a terminal, one line an epoch elsewhere."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback, RichProgressBar
from typing_extensions import override

from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.run.history import History, Row
from cyclemlp.training.say import say

_HELD_OUT = 5  # figures in a line; detection has a dozen more, in metrics.csv


class Clock(Callback):
    """Measures images a second and the time left. Interrupted runs add up.

    Attributes:
        images: trained on, by all processes.
        training_seconds: spent on them, validation not counted.
    """

    def __init__(self) -> None:
        self.images = 0
        self.training_seconds = 0.0
        self._begun = self._mark = time.perf_counter()
        self._first = 0.0
        self._before = 0.0

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._begun = self._mark = time.perf_counter()
        self._first = _share_done(trainer)

    @override
    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        now = time.perf_counter()
        self.training_seconds += now - self._mark
        self._mark = now
        images, _ = batch  # as large on every process
        self.images += len(images) * trainer.world_size

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._mark = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Of the whole run, validation and checkpoints included."""
        return self._before + self._session

    @property
    def _session(self) -> float:
        return time.perf_counter() - self._begun

    @property
    def images_per_second(self) -> float:
        """Mean training speed over all processes."""
        return self.images / max(self.training_seconds, 1e-9)

    def left(self, trainer: pl.Trainer) -> str:
        """Time to the run's end at the pace so far, as h:mm:ss."""
        share = _share_done(trainer)
        if share <= self._first:
            return "?"
        seconds = self._session * (1 - share) / (share - self._first)
        return str(timedelta(seconds=round(seconds)))

    @override
    def state_dict(self) -> dict[str, Any]:
        return {
            "images": self.images,
            "training_seconds": self.training_seconds,
            "seconds": self.seconds,
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.images = state_dict["images"]
        self.training_seconds = state_dict["training_seconds"]
        self._before = state_dict["seconds"]


def _share_done(trainer: pl.Trainer) -> float:
    assert trainer.max_epochs is not None
    batches = trainer.max_epochs * trainer.num_training_batches
    return trainer.fit_loop.epoch_loop.batch_progress.total.ready / batches


class LiveBar(RichProgressBar):
    """Rich's bar with loss, images a second and the time left of the whole run."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(refresh_rate=4)
        self._clock = clock
        self._shown: dict[str, Any] = {}
        self._shown_at = 0.0

    @override
    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        assert isinstance(pl_module, TrainingModule)
        # Reading the loss waits for the device; twice a second does not slow it down.
        if time.perf_counter() - self._shown_at > 0.5:
            self._shown_at = time.perf_counter()
            self._shown = {
                "loss": pl_module.loss.item(),
                "images/s": f"{self._clock.images_per_second:.0f}",
                "left": self._clock.left(trainer),
            }
        return self._shown

    @override
    def _get_train_description(self, current_epoch: int) -> str:
        return f"epoch {current_epoch + 1}/{self.trainer.max_epochs}"  # Lightning counts from 0


class EpochLines(Callback):
    """One plain line after every epoch, for logs and notebooks."""

    def __init__(self, clock: Clock, history: History) -> None:
        self._clock = clock
        self._history = history

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        row = self._history.rows[-1]
        figures = "  ".join(f"{name} {row[name]:.4g}" for name in self._shown(row))
        say(
            f"epoch {row['epoch']}/{trainer.max_epochs}  {figures}  "
            f"{self._clock.images_per_second:.0f} images/s  {self._clock.left(trainer)} left"
        )

    def _shown(self, row: Row) -> list[str]:
        """Names of rate and losses, and of the first held-out figures, the deciding one first."""
        names = [name for name in row if name not in ("epoch", "step")]
        trained = [name for name in names if name == "lr" or name.startswith("train_")]
        headline = self._history.headline
        others = [name for name in names if name not in (*trained, headline)]
        return [*trained, headline, *others[: _HELD_OUT - 1]]
