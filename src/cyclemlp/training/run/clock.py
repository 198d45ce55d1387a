"""The one count of a run's images, optimizer steps and seconds."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from typing_extensions import override


class Clock(Callback):
    """Counts images, optimizer steps and seconds. A resumed run continues the counts.

    Attributes:
        images: training images seen by all processes.
        training_seconds: time spent on them, without validation.
        completed_step: whether the latest batch completed an optimizer step; with gradient
            accumulation, most batches do not.
    """

    def __init__(self) -> None:
        self.images = 0
        self.training_seconds = 0.0
        self.completed_step = False
        self._step = 0
        self._begun = self._mark = time.perf_counter()
        self._first = 0.0
        self._before = 0.0
        self._processor_begun = _processor_time()
        self._processor_before = 0.0

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._begun = self._mark = time.perf_counter()
        self._processor_begun = _processor_time()
        self._first = _share_done(trainer)
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
        now = time.perf_counter()
        self.training_seconds += now - self._mark
        self._mark = now
        images, _ = batch  # all processes have batches of the same size
        self.images += len(images) * trainer.world_size
        self.completed_step = trainer.global_step != self._step
        self._step = trainer.global_step

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._mark = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Duration of the whole run, with validation and checkpoints."""
        return self._before + self._session

    @property
    def processor_seconds(self) -> float:
        """Processor time of the whole run: all threads, and loading processes that have ended."""
        return self._processor_before + _processor_time() - self._processor_begun

    @property
    def _session(self) -> float:
        return time.perf_counter() - self._begun

    @property
    def images_per_second(self) -> float:
        """Mean training speed over all processes."""
        return self.images / max(self.training_seconds, 1e-9)

    def left(self, trainer: pl.Trainer) -> str:
        """Return the estimated time to the run's end, as h:mm:ss."""
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
            "processor_seconds": self.processor_seconds,
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.images = state_dict["images"]
        self.training_seconds = state_dict["training_seconds"]
        self._before = state_dict["seconds"]
        self._processor_before = state_dict.get("processor_seconds", 0.0)  # 0.1.0 had none


def _share_done(trainer: pl.Trainer) -> float:
    assert trainer.max_epochs is not None
    batches = trainer.max_epochs * trainer.num_training_batches
    return trainer.fit_loop.epoch_loop.batch_progress.total.ready / batches


def _processor_time() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])
