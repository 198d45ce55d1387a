"""A checkpoint is whole or absent, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cyclemlp.bundle import Bundle
from cyclemlp.training.run import checkpoints
from cyclemlp.training.run.checkpoints import AtomicCheckpointIO
from cyclemlp.training.run.files import remove_leftovers, replacing
from cyclemlp.verbs.train import TrainResult

Run = Callable[..., TrainResult]


class FullDisk:
    """A file on a disk that has room for a few bytes more."""

    def __init__(self, file: Any, room: int) -> None:
        self.file = file
        self.room = room

    def write(self, data: Any) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)


def fill_the_disk(monkeypatch: pytest.MonkeyPatch, after: int, room: int = 1_000) -> None:
    """From its `after`-th call on, writing a checkpoint hits the end of the disk half-way."""
    real: Any = torch.save
    calls = 0

    def save(content: Any, file: Any) -> None:
        nonlocal calls
        calls += 1
        real(content, FullDisk(file, room) if calls > after else file)

    monkeypatch.setattr(checkpoints.torch, "save", save)


def test_a_full_disk_leaves_the_previous_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "last.ckpt"
    io = AtomicCheckpointIO()
    io.save_checkpoint({"step": 1}, path)
    fill_the_disk(monkeypatch, after=0)
    io.save_checkpoint({"step": 2}, path)
    assert io.load_checkpoint(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]
    message = capsys.readouterr().err
    assert f"could not write the checkpoint {path}: No space left on device" in message
    assert "the previous one is kept" in message
    io.save_checkpoint({"step": 2}, tmp_path / "first.ckpt")
    assert "there is none before it" in capsys.readouterr().err


@pytest.mark.parametrize("room", [0, 100, 1_000, 400_000, 800_000])
def test_wherever_the_disk_ends_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: int
) -> None:
    """Torch itself raises a RuntimeError about positions in a zip file."""
    fill_the_disk(monkeypatch, after=0, room=room)
    content = {name: torch.zeros(100_000) for name in ("one", "other")}
    AtomicCheckpointIO().save_checkpoint(content, tmp_path / "last.ckpt")
    assert "No space left on device" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_saved_at_all_is_no_full_disk(tmp_path: Path) -> None:
    class Unsaveable:
        def __reduce__(self) -> Any:
            raise RuntimeError("not me")

    with pytest.raises(RuntimeError, match="not me"):
        AtomicCheckpointIO().save_checkpoint({"x": Unsaveable()}, tmp_path / "last.ckpt")
    assert not list(tmp_path.iterdir())


def test_a_run_outlives_a_full_disk(
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


def test_a_bundle_that_is_not_the_best_epochs_is_not_passed_off_as_it(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    elsewhere = str(tmp_path / "elsewhere")
    with monkeypatch.context() as patch:
        patch.setattr(Bundle, "save_pretrained", full)
        with pytest.raises(OSError, match=r"bundle of epoch \d.*there is none.*--output"):
            tiny_run()
        fill_the_disk(patch, after=0)
        with pytest.raises(OSError, match=r"bundle of epoch \d.*there is none.*--resume"):
            tiny_run(output=elsewhere)
    assert tiny_run(output=elsewhere, resume=True).bundle.is_dir()


def test_a_kill_while_writing_leaves_only_what_the_next_start_removes(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    path, leftover = tmp_path / "last.ckpt", tmp_path / ".last.ckpt.part"
    path.write_text("old")

    def write_and_die() -> None:
        with replacing(path) as temporary:
            assert temporary == leftover
            temporary.write_text("ne")
            raise Killed

    with pytest.raises(Killed):
        write_and_die()
    assert path.read_text() == "old"
    leftover.write_text("ne")  # a SIGKILL would not have removed it
    remove_leftovers(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]


def test_nothing_but_tensors_and_plain_values_is_read(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "harm"),))

    torch.save({"x": Harmful()}, tmp_path / "bad.ckpt")
    with pytest.raises(pickle.UnpicklingError):
        AtomicCheckpointIO().load_checkpoint(tmp_path / "bad.ckpt", weights_only=False)
    assert not (tmp_path / "harm").exists()


def test_steps_within_an_epoch_are_saved(tiny_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[tuple[str, int]] = []
    real = AtomicCheckpointIO.save_checkpoint

    def save_checkpoint(self: AtomicCheckpointIO, checkpoint: Any, path: Any, **rest: Any) -> None:
        saved.append((Path(path).name, checkpoint["global_step"]))
        real(self, checkpoint, path, **rest)

    monkeypatch.setattr(AtomicCheckpointIO, "save_checkpoint", save_checkpoint)
    tiny_run(epochs=1, save_every=2, batch_size=4, accumulate=2)
    assert saved == [("last.ckpt", 2), ("last.ckpt", 4), ("best.ckpt", 6), ("last.ckpt", 6)]
