"""A checkpoint that cannot be written does not end the run."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, cast

import lightning.pytorch as pl
import pytest

from cyclemlp.training.lightning.saving import save_or_report


class FullDiskTrainer:
    """A trainer whose checkpoints never fit on the disk."""

    def __init__(self) -> None:
        self.strategy: Any = self
        self.barriers = 0

    def save_checkpoint(self, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def barrier(self) -> None:
        self.barriers += 1


@pytest.mark.parametrize(
    ("existing", "kept"),
    [(True, "the previous one is kept"), (False, "there is none before it")],
)
def test_a_failed_write_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], existing: bool, kept: str
) -> None:
    path = tmp_path / "last.ckpt"
    if existing:
        path.write_text("old")
    trainer = FullDiskTrainer()
    save_or_report(cast("pl.Trainer", trainer), path)
    assert capsys.readouterr().err == (
        f"could not write the checkpoint {path}: No space left on device; {kept}. "
        "Training goes on.\n"
    )
    assert trainer.barriers == 1  # the other processes wait there
