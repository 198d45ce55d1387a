"""When checkpoints are saved, and a full disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from cyclemlp.training.run.checkpoint_io import AtomicCheckpointIO

from ..conftest import Run
from .disk import fill_the_disk


def test_a_run_continues_after_a_full_disk(
    tiny_run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        fill_the_disk(patch, after=1)
        result = tiny_run(save_every=4)
    assert "Training goes on" in capsys.readouterr().err
    assert (result.run_dir / "report.html").exists()
    last = torch.load(result.run_dir / "checkpoints/last.ckpt", weights_only=True)
    assert last["global_step"] == 4
    assert tiny_run(save_every=4, resume=True).metrics == result.metrics


def test_steps_within_an_epoch_are_saved(tiny_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[tuple[str, int]] = []
    real = AtomicCheckpointIO.save_checkpoint

    def save_checkpoint(self: AtomicCheckpointIO, checkpoint: Any, path: Any, **rest: Any) -> None:
        saved.append((Path(path).name, checkpoint["global_step"]))
        real(self, checkpoint, path, **rest)

    monkeypatch.setattr(AtomicCheckpointIO, "save_checkpoint", save_checkpoint)
    tiny_run(epochs=1, save_every=2, batch_size=4, accumulate=2)
    assert saved == [("last.ckpt", 2), ("last.ckpt", 4), ("best.ckpt", 6), ("last.ckpt", 6)]
