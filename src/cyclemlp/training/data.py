"""A run's data: opened, checked, and loaded so that a resumed epoch goes on where it was."""

from __future__ import annotations

from math import ceil
from typing import Any

import lightning.pytorch as pl
import torch
from typing_extensions import override

from cyclemlp.data.layouts import Split
from cyclemlp.data.loading import eval_loader, train_loader
from cyclemlp.data.report import DataReport, usable
from cyclemlp.data.transforms import Preprocessing
from cyclemlp.tasks.base import Task
from cyclemlp.training.settings import Settings


class TrainingData(pl.LightningDataModule):
    """The loaders of a run.

    Args:
        task: transforms.
        settings: batch size, workers, seed, augmentation.
        splits: ``train`` and ``val``, as opened.
        report: of the check, on the first process; None on the others.
        train_preprocessing: with the training size.
        eval_preprocessing: with the evaluation size.
    """

    def __init__(
        self,
        task: Task,
        settings: Settings,
        splits: dict[str, Split],
        report: DataReport | None,
        train_preprocessing: Preprocessing,
        eval_preprocessing: Preprocessing,
    ) -> None:
        super().__init__()
        self._task = task
        self._settings = settings
        self._splits = splits
        self._report = report
        self._train_preprocessing = train_preprocessing
        self._eval_preprocessing = eval_preprocessing
        self._loaders: dict[str, Any] = {}

    @override
    def setup(self, stage: str) -> None:
        trainer, settings = self.trainer, self._settings
        assert trainer is not None
        report = trainer.strategy.broadcast(self._report)
        ranks = {"rank": trainer.global_rank, "world_size": trainer.world_size}
        self._loaders["train"] = train_loader(
            usable(self._splits["train"], report, settings.on_bad_file),
            self._task.train_transform(self._train_preprocessing, settings.augment),
            batch_size=settings.batch_size,
            seed=settings.seed,
            workers=settings.workers,
            repeats=settings.augment.repeats,
            **ranks,
        )
        self._loaders["val"] = eval_loader(
            usable(self._splits["val"], report, settings.on_bad_file),
            self._task.eval_transform(self._eval_preprocessing),
            batch_size=settings.batch_size,
            workers=settings.workers,
            **ranks,
        )

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps; the last one may accumulate fewer batches."""
        return ceil(len(self._loaders["train"]) / self._settings.accumulate)

    @override
    def train_dataloader(self) -> Any:
        # Lightning starts the workers before it tells the sampler the epoch, which a run resumed
        # between two epochs would begin with epoch 0's order.
        assert self.trainer is not None
        loader = self._loaders["train"]
        done = self.trainer.fit_loop.epoch_progress.current.processed  # type: ignore[union-attr]
        loader.sampler.set_epoch(done)
        return loader

    @override
    def val_dataloader(self) -> Any:
        return self._loaders["val"]

    @override
    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        images, targets = batch
        layout = torch.channels_last if self._settings.channels_last else torch.contiguous_format
        dtype = torch.float64 if self._settings.precision == "64-true" else images.dtype
        return images.to(dtype=dtype, memory_format=layout), targets

    def batch_files(self, epoch: int, batch: int) -> list[str]:
        """The files of this process's batch, for messages."""
        raise NotImplementedError
