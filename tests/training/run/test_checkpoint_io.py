"""Checkpoint files are complete or absent."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from cyclemlp.training.run.checkpoint_io import AtomicCheckpointIO

from .disk import fill_the_disk


def test_a_full_disk_leaves_the_previous_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.ckpt"
    io = AtomicCheckpointIO()
    io.save_checkpoint({"step": 1}, path)
    fill_the_disk(monkeypatch, after=0)
    with pytest.raises(OSError, match="No space left on device"):
        io.save_checkpoint({"step": 2}, path)
    assert io.load_checkpoint(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]


@pytest.mark.parametrize("room", [0, 100, 1_000, 400_000, 800_000])
def test_a_full_disk_is_the_error_at_any_point_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """torch.save raises a RuntimeError about positions in a zip file."""
    fill_the_disk(monkeypatch, after=0, room=room)
    content = {name: torch.zeros(100_000) for name in ("one", "other")}
    with pytest.raises(OSError, match="No space left on device"):
        AtomicCheckpointIO().save_checkpoint(content, tmp_path / "last.ckpt")
    assert not list(tmp_path.iterdir())


def test_other_errors_are_not_reported_as_a_full_disk(tmp_path: Path) -> None:
    class Unsaveable:
        def __reduce__(self) -> Any:
            raise RuntimeError("not me")

    with pytest.raises(RuntimeError, match="not me"):
        AtomicCheckpointIO().save_checkpoint({"x": Unsaveable()}, tmp_path / "last.ckpt")
    assert not list(tmp_path.iterdir())


def test_only_tensors_and_plain_values_are_read(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "harm"),))

    torch.save({"x": Harmful()}, tmp_path / "bad.ckpt")
    io = AtomicCheckpointIO()
    for weights_only in (None, True):
        with pytest.raises(pickle.UnpicklingError):
            io.load_checkpoint(tmp_path / "bad.ckpt", weights_only=weights_only)
    with pytest.raises(ValueError, match=r"bad\.ckpt is read with weights_only=True, got .*False"):
        io.load_checkpoint(tmp_path / "bad.ckpt", weights_only=False)
    assert not (tmp_path / "harm").exists()
