"""A run from its settings to its bundle, in the order in which things happen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cyclemlp.bundle import Bundle
from cyclemlp.bundle.input_size import probe_size
from cyclemlp.data.report import usable
from cyclemlp.tasks.common.scores import json_ready
from cyclemlp.training.checking import check, open_data, preprocessing, try_sizes
from cyclemlp.training.data import TrainingData
from cyclemlp.training.lightning.ema import Ema
from cyclemlp.training.lightning.engine import (
    choose_accelerator,
    choose_devices,
    choose_nodes,
    create_trainer,
    quiet_lightning,
    weights_dtype,
)
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.lightning.optim import default_lr
from cyclemlp.training.lightning.stopping import FiniteGuard, Interruption, RunInterruptedError
from cyclemlp.training.run.checkpoints import Saver
from cyclemlp.training.run.folder import RunFolder, is_first_process, open_run
from cyclemlp.training.run.history import History
from cyclemlp.training.run.progress import Clock, EpochLines, LiveBar
from cyclemlp.training.run.results import write_results
from cyclemlp.training.say import say
from cyclemlp.training.settings import Settings
from cyclemlp.training.start import create_network, model_args


def fit(settings: Settings) -> tuple[Path, Path, dict[str, float]]:
    """Train, or continue to train, and write everything a run leaves.

    Returns:
        The run's folder, its bundle and the best epoch's metrics.

    Raises:
        KeyboardInterrupt: the user stopped the run; the message says how to continue.
    """
    folder = open_run(settings)
    # The caller's random state is his own: this run's randomness all comes from its seed.
    with torch.random.fork_rng(range(torch.cuda.device_count())), quiet_lightning():
        torch.manual_seed(settings.seed)
        run = _Run(settings, folder)
        run.fit()
        if torch.distributed.is_initialized():
            # The first process goes on alone: a metric of its must not wait for the others.
            torch.distributed.destroy_process_group()
        if is_first_process():
            run.write_results()
    return folder.path, folder.bundle, run.history.best_scores


class _Run:
    """The pieces of one run."""

    def __init__(self, settings: Settings, folder: RunFolder) -> None:
        self.settings = settings
        self.folder = folder
        self.task, self.splits = open_data(settings)
        processes = choose_devices(settings) * choose_nodes(settings)
        # Lightning converts the network too, but after the average was copied from it.
        self.network = create_network(self.task, settings).to(weights_dtype(settings))
        backbone = self.task.backbone(self.network)
        train_size = settings.image_size or self.task.image_size
        self.train_preprocessing = preprocessing(backbone, settings, train_size)
        eval_size = settings.eval_size or self.train_preprocessing.image_size
        self.eval_preprocessing = preprocessing(backbone, settings, eval_size)
        try_sizes(
            self.network,
            probe_size(self.task, self.train_preprocessing),
            probe_size(self.task, self.eval_preprocessing),
        )
        # After all that a wrong setting can spoil: reading every image may take long.
        self.report = check(self.splits, settings, folder) if is_first_process() else None
        self.history = History(folder.metrics_csv, self.task.headline, settings.early_stop)
        self.global_batch = settings.batch_size * processes * settings.accumulate
        self.clock = Clock()
        self.interruption = Interruption()
        self.ema = None if settings.ema is None else Ema(settings.ema)

    def fit(self) -> None:
        """Train until the epochs or the patience run out, or someone stops it."""
        settings, last = self.settings, self.folder.last
        trainer = create_trainer(
            settings, self.folder.path, self._callbacks(), self.folder.steps_done
        )
        lr = settings.lr or default_lr(self.task.base_lr, self.global_batch)
        module = _module_class(settings)(self.network, self.task, settings, lr)
        data = TrainingData(
            self.task,
            settings,
            self.splits,
            self.report,
            self.train_preprocessing,
            self.eval_preprocessing,
        )
        resume_from = str(last) if last.exists() else None
        if settings.compile:
            self.network.compile()
        try:
            with self.interruption.listening():
                trainer.fit(module, datamodule=data, ckpt_path=resume_from, weights_only=True)
        except RunInterruptedError as stop:
            raise KeyboardInterrupt(f"{stop}; {self._how_to_continue()}") from None
        except SystemExit as stop:
            if not isinstance(stop.__context__, KeyboardInterrupt):
                raise
            raise KeyboardInterrupt(self._how_to_continue()) from None

    def _callbacks(self) -> list[Any]:
        saver = Saver(
            self.folder.checkpoints,
            self.settings.save_every,
            self.history,
            self.interruption,
            self.write_bundle,
        )
        guard = FiniteGuard(self.folder.checkpoints)
        lines = EpochLines(self.clock, self.history)
        bar = [LiveBar(self.clock)] if sys.stderr.isatty() else []
        ema = [] if self.ema is None else [self.ema]
        # The average before the saver, which saves it; the history before whoever reads its row.
        return [*ema, self.clock, self.history, lines, guard, *bar, saver]

    def _how_to_continue(self) -> str:
        if not self.folder.last.exists():
            return "there is no checkpoint yet: start again with the same command and --resume"
        return f"to continue, run: {self.folder.resume_command}"

    def write_bundle(self) -> None:
        """Write the network as it was validated last. Call it on every process."""
        network = self._validated_network()
        if is_first_process():
            self._write_bundle(network)

    def _validated_network(self) -> nn.Module:
        if self.ema is not None:
            return self.ema.network
        if self.settings.strategy != "fsdp2":
            return self.network
        from cyclemlp.training.lightning.sharding import whole_weights

        weights = whole_weights(self.network)
        network = self.task.build(self.settings.model, **model_args(self.settings))
        if is_first_process():
            network.load_state_dict(weights)
        return network

    def _write_bundle(self, network: nn.Module) -> None:
        bundle = Bundle.from_task(
            network,
            self.task,
            self.settings.model,
            self.eval_preprocessing,
            model_args(self.settings),
            {
                "data": self.settings.data,
                "epoch": self.history.best["epoch"],
                "metrics": json_ready(self.history.best_scores),
            },
        )
        try:
            bundle.save_pretrained(self.folder.bundle)
        except OSError as error:
            say(f"could not write the bundle {self.folder.bundle}: {error}. Training goes on.")

    def write_results(self) -> None:
        """Write metrics.json, the pictures and the report page."""
        figures = {
            "headline": self.task.headline,
            "best": self.history.best,
            "last": self.history.rows[-1],
            "seconds": round(self.clock.seconds, 1),
            "images_per_second": round(self.clock.images_per_second, 1),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "global_batch": self.global_batch,
            "settings": self.settings.digest,
        }
        assert self.report is not None
        held_out = usable(self.splits["val"], self.report, self.settings.on_bad_file)
        device = "cpu" if choose_accelerator(self.settings) == "cpu" else None
        write_results(self.folder, figures, held_out, device, self.settings.batch_size)


def _module_class(settings: Settings) -> type[TrainingModule]:
    if settings.strategy != "fsdp2":
        return TrainingModule
    from cyclemlp.training.lightning.sharding import ShardedModule

    return ShardedModule
