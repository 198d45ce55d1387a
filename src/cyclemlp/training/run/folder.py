"""The paths in a run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from cyclemlp.bundle.run_data import RUN_DATA_NAME


@dataclass(frozen=True)
class RunFolder:
    """The files of a run in `path`."""

    path: Path

    @property
    def config(self) -> Path:
        """The resolved settings, for ``--config``."""
        return self.path / "config.yaml"

    @property
    def report(self) -> Path:
        """The result of the data check."""
        return self.path / "data_report.json"

    @property
    def data(self) -> Path:
        """The data set, and the names of its images for training and validation if divided."""
        return self.path / RUN_DATA_NAME

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def last(self) -> Path:
        """The checkpoint to resume from."""
        return self.checkpoints / "last.ckpt"

    @property
    def best(self) -> Path:
        """The best epoch's checkpoint."""
        return self.checkpoints / "best.ckpt"

    @property
    def failed(self) -> Path:
        """The checkpoint before an update with NaN or infinite gradients."""
        return self.checkpoints / "failed.ckpt"

    @property
    def metrics_csv(self) -> Path:
        """The metrics of every epoch, one row each."""
        return self.path / "metrics.csv"

    @property
    def metrics_json(self) -> Path:
        """The figures of the finished run."""
        return self.path / "metrics.json"

    @property
    def bundle(self) -> Path:
        """The best epoch's bundle."""
        return self.path / "bundle"

    @property
    def steps_done(self) -> int:
        """Optimizer steps in the checkpoint to resume from; 0 without a checkpoint."""
        if not self.last.exists():
            return 0
        return torch.load(self.last, mmap=True, weights_only=True)["global_step"]

    @property
    def resume_command(self) -> str:
        """The command that resumes the run."""
        return f"cyclemlp train --config {self.config} --resume"

    @property
    def kept(self) -> str:
        """What a run that cannot go on leaves behind, for messages."""
        if not self.last.exists():
            return "No checkpoint was written yet"
        return f"The last checkpoint, of step {self.steps_done}, is kept in {self.last}"

    @property
    def resume_advice(self) -> str:
        """How to continue after an interruption, for messages."""
        if not self.last.exists():
            return "there is no checkpoint yet: start again with the same command and --resume"
        return f"to continue, run: {self.resume_command}"
