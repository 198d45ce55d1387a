"""The data loaders of a run."""

from __future__ import annotations

import os
from math import ceil
from typing import Any

import lightning.pytorch as pl
import torch
from typing_extensions import override

from cyclemlp.data.loading.loader import eval_loader, train_loader
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.usable import usable
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.precision import weights_dtype
from cyclemlp.training.settings.settings import Settings


class TrainingData(pl.LightningDataModule):
    """The training and validation loaders of a run.

    A resumed run loads the batches that an uninterrupted one would load next.

    Args:
        task: its transforms prepare the images.
        settings: batch size, workers, seed, augmentation.
        splits: ``train`` and ``val``.
        report: the data check's result on the first process; None on the others.
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
        self._usable: dict[str, Split] = {}
        self._loaders: dict[str, Any] = {}

    @override
    def setup(self, stage: str) -> None:
        assert self.trainer is not None
        report = self.trainer.strategy.broadcast(self._report)
        assert report is not None
        self._usable = {
            name: usable(split, report, self._settings.on_bad_file)
            for name, split in self._splits.items()
        }
        shared = {
            "batch_size": self._settings.batch,
            "workers": _workers(self._settings, self.trainer),
            "rank": self.trainer.global_rank,
            "world_size": self.trainer.world_size,
            "collate": self._task.batching.collate,
        }
        self._loaders = {"train": self._train_loader(**shared), "val": self._val_loader(**shared)}

    def _train_loader(self, **shared: Any) -> Any:
        augment = self._settings.augment
        assert augment is not None
        return train_loader(
            self._usable["train"],
            self._task.train_transform(self._train_preprocessing, augment),
            seed=self._settings.seed,
            repeats=augment.repeats,
            **shared,
        )

    def _val_loader(self, **shared: Any) -> Any:
        transform = self._task.eval_transform(self._eval_preprocessing)
        return eval_loader(self._usable["val"], transform, **shared)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in an epoch; the last one may accumulate fewer batches."""
        return ceil(len(self._loaders["train"]) / self._settings.accumulate)

    @override
    def train_dataloader(self) -> Any:
        return self._loaders["train"]

    @override
    def val_dataloader(self) -> Any:
        return self._loaders["val"]

    @override
    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        images, targets = batch
        dtype = weights_dtype(self._settings)
        if isinstance(images, list):
            return [image.to(dtype) for image in images], targets
        layout = torch.channels_last if self._settings.channels_last else torch.contiguous_format
        return images.to(dtype=dtype, memory_format=layout), targets

    def batch_files(self, epoch: int, batch: int) -> list[str]:
        """Return the files of a batch of this process, for messages."""
        draws = self._loaders["train"].sampler.batch(epoch, batch)
        return [self._usable["train"].source(draw.index) for draw in draws]


def _workers(settings: Settings, trainer: pl.Trainer) -> int:
    if settings.workers is not None:
        return settings.workers
    return min(8, (os.cpu_count() or 1) // trainer.num_devices)
