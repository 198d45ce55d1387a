"""A training run from its settings to its bundle, in the order in which things happen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback

from cyclemlp.console.files import write_text
from cyclemlp.data.report.usable import usable
from cyclemlp.training.lightning.data import TrainingData
from cyclemlp.training.lightning.devices import choose_accelerator, count_processes
from cyclemlp.training.lightning.ema import Ema
from cyclemlp.training.lightning.engine import create_module, create_trainer
from cyclemlp.training.lightning.finite_guard import FiniteGuard
from cyclemlp.training.lightning.first_process import is_first_process
from cyclemlp.training.lightning.interruption import Interruption
from cyclemlp.training.lightning.memory import advising_on_memory
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.lightning.optimizer import default_lr
from cyclemlp.training.lightning.quiet import quiet_lightning
from cyclemlp.training.lightning.validation import ValidateLast
from cyclemlp.training.run.bundle import BundleWriter
from cyclemlp.training.run.checkpoint_io import AtomicCheckpointIO
from cyclemlp.training.run.clock import Clock
from cyclemlp.training.run.ending import interruptible, limited
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.run.history import History
from cyclemlp.training.run.loggers import closing, create_loggers, require_loggers
from cyclemlp.training.run.opening import starting
from cyclemlp.training.run.progress import EpochLines, LiveBar
from cyclemlp.training.run.report_memory import advising_on_report
from cyclemlp.training.run.results import measured, write_results
from cyclemlp.training.run.saver import Saver
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.automatic import as_before, choose_weights
from cyclemlp.training.start.batch_size import choose_batch_size
from cyclemlp.training.start.start import Start, prepare
from cyclemlp.training.start.warmup import fit_warmup


def fit(settings: Settings) -> tuple[Path, Path, dict[str, float]]:
    """Train a new run or resume one, and write all its files.

    Returns:
        The run's folder, its bundle and the best epoch's metrics.

    Raises:
        KeyboardInterrupt: the user stopped the run; the message says how to continue.
    """
    require_loggers(settings)
    settings = choose_weights(as_before(fit_warmup(settings)))
    # The caller's RNG state is restored; the run's random numbers depend on its seed alone.
    with torch.random.fork_rng(range(torch.cuda.device_count())), quiet_lightning():
        torch.manual_seed(settings.seed)
        with closing(settings):
            with starting(settings) as folder:
                run = _Run(settings, folder)
            run.train()
        if torch.distributed.is_initialized():
            # The first process continues alone, and its metrics must not wait for the others.
            torch.distributed.destroy_process_group()
        if is_first_process():
            run.write_results()
    return folder.path, folder.bundle, run.history.best_scores


class _Run:
    """The parts of one run.

    Raises:
        ValueError: the settings, the data or the weights cannot be used.
    """

    def __init__(self, settings: Settings, folder: RunFolder) -> None:
        self.folder = folder
        self.start = prepare(settings, folder)
        self.settings = settings = _with_batch_size(settings, self.start, folder)
        self.global_batch = settings.batch * settings.accumulate * count_processes(settings)
        self.task = self.start.task
        self.network = self.start.network
        self.history = History(folder.metrics_csv, self.task.headline, settings.early_stop)
        self.clock = Clock()
        limit = settings.max_seconds
        is_time_up = None if limit is None else lambda: self.clock.seconds >= limit
        self.interruption = Interruption(is_time_up)
        self.ema = None if settings.ema is None else Ema(settings.ema)
        self.trainer, self.module = self._trainer(), self._module()

    def train(self) -> None:
        """Train until the last epoch, early stopping, the end of the time, or Ctrl-C."""
        last = str(self.folder.last) if self.folder.last.exists() else None
        if self.settings.compile:
            self.network.compile()
        size = self.start.train_preprocessing.image_size
        with (
            interruptible(self.folder),
            advising_on_memory(self.settings, size, lambda: self.folder.kept),
            limited(self.settings.max_time, self.folder, self.history),
            self.interruption.listening(),
        ):
            self.trainer.fit(
                self.module, datamodule=self._data(), ckpt_path=last, weights_only=True
            )

    def _trainer(self) -> pl.Trainer:
        return create_trainer(
            self.settings,
            self.folder.path,
            self._callbacks(),
            AtomicCheckpointIO(),
            create_loggers(self.settings, self.folder),
            # a decoder need not use every stage of its backbone
            unused_parameters=self.task.backbone(self.network) is not self.network,
        )

    def _module(self) -> TrainingModule:
        lr = self.settings.lr or default_lr(self.task.recipe.base_lr, self.global_batch)
        return create_module(self.settings, self.network, self.task, lr)

    def _data(self) -> TrainingData:
        start = self.start
        return TrainingData(
            self.task,
            self.settings,
            start.splits,
            start.report,
            start.train_preprocessing,
            start.eval_preprocessing,
        )

    def _callbacks(self) -> list[Callback]:
        """Return the callbacks; each comes after those whose results it reads."""
        return [
            *([self.ema] if self.ema else []),
            *([ValidateLast()] if self.settings.val_every > 1 else []),
            self.clock,
            self.history,
            EpochLines(self.clock, self.history),
            FiniteGuard(self.folder.failed),
            *([LiveBar(self.clock)] if sys.stderr.isatty() else []),
            self._saver(),
        ]

    def _saver(self) -> Saver:
        bundle = BundleWriter(
            self.settings,
            self.folder,
            self.task,
            self.network,
            self.ema,
            self.start.eval_preprocessing,
            self.history,
        )
        every = self.settings.save_every
        return Saver(self.folder, every, self.clock, self.history, self.interruption, bundle.write)

    def write_results(self) -> None:
        """Write metrics.json, the pictures and the report page."""
        assert self.start.report is not None
        held_out = usable(self.start.splits["val"], self.start.report, self.settings.on_bad_file)
        device = "cpu" if choose_accelerator(self.settings) == "cpu" else None
        batch = self.settings.batch
        size = self.start.eval_preprocessing.image_size
        with advising_on_report(self.folder, batch, size):
            write_results(self.folder, self._figures(), held_out, device, batch)

    def _figures(self) -> dict[str, Any]:
        """Return the content of metrics.json."""
        return measured(self.history, self.clock) | {
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "global_batch": self.global_batch,
            "settings": self.settings.digest,
        }


def _with_batch_size(settings: Settings, start: Start, folder: RunFolder) -> Settings:
    """Return the settings with a number as batch size, which the run's folder keeps."""
    chosen = choose_batch_size(settings, start)
    if chosen is not settings and is_first_process():
        write_text(folder.config, chosen.to_yaml())
    return chosen
