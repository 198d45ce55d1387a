"""A run's folder: what is where, and whether a run may begin or go on there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from lightning.pytorch.utilities import rank_zero_only

from cyclemlp.training.run.files import is_leftover, remove_leftovers, write_text
from cyclemlp.training.settings import Settings


@dataclass(frozen=True)
class RunFolder:
    """The files of a run in `path`."""

    path: Path

    @property
    def config(self) -> Path:
        """The resolved settings, for ``--config``."""
        return self.path / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        """``last.ckpt`` to resume from, ``best.ckpt``, and ``failed.ckpt`` after a NaN."""
        return self.path / "checkpoints"

    @property
    def last(self) -> Path:
        """The checkpoint to resume from."""
        return self.checkpoints / "last.ckpt"

    @property
    def steps_done(self) -> int:
        """Optimizer steps in the checkpoint to resume from; 0 where there is none."""
        if not self.last.exists():
            return 0
        return torch.load(self.last, mmap=True, weights_only=True)["global_step"]

    @property
    def metrics_csv(self) -> Path:
        """One row an epoch."""
        return self.path / "metrics.csv"

    @property
    def bundle(self) -> Path:
        """The best epoch's network, ready for use."""
        return self.path / "bundle"

    @property
    def report(self) -> Path:
        """What the check of the images found."""
        return self.path / "data_report.json"

    @property
    def has_begun(self) -> bool:
        """Whether there is more than a start writes that ended before training began."""
        early = {self.config, self.report, self.checkpoints}
        return any(path not in early and not is_leftover(path) for path in self.path.rglob("*"))

    @property
    def resume_command(self) -> str:
        """What continues the run."""
        return f"cyclemlp train --config {self.config} --resume"


def is_first_process() -> bool:
    """Whether this process is the one that writes."""
    return _yes() is True


@rank_zero_only
def _yes() -> bool:
    return True


def open_run(settings: Settings) -> RunFolder:
    """Prepare ``settings.run_dir`` for a new run, or check that the run in it may go on.

    A start that was refused, for a bad image or a misspelt name, is no run: what it left gives way.

    Raises:
        ValueError: the folder holds something and `resume` is not set, or it holds another run.
    """
    run = RunFolder(settings.run_dir)
    if is_first_process():  # the others must not see what the first one has just made
        _check(run, settings)
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        remove_leftovers(run.path)
        remove_leftovers(run.checkpoints)
        write_text(run.config, settings.to_yaml())
    return run


def _check(run: RunFolder, settings: Settings) -> None:
    if not run.has_begun:
        return
    if not settings.resume:
        raise ValueError(
            f"{run.path} is not empty, and a run overwrites nothing; continue the run in it with "
            "--resume, or choose another folder with --output"
        )
    if not run.config.is_file():
        raise ValueError(
            f"there is no run to resume in {run.path}: it has no {run.config.name}; "
            "give the run's folder with --output"
        )
    changes = settings.changes(yaml.safe_load(run.config.read_text(encoding="utf-8")))
    if changes:
        raise ValueError(
            f"--resume continues the run in {run.path} with its own settings, and these differ: "
            f"{'; '.join(changes)}. Use {run.resume_command}, or start anew with another --output"
        )
