"""Runs that end early: at the end of their time, or without memory."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from cyclemlp.training.run.clock import Clock
from cyclemlp.training.settings.duration import seconds

from .conftest import Run
from .same import assert_same_run
from .stepping import at_step


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's pictures and page take longer than the run."""
    monkeypatch.setattr("cyclemlp.training.run.results.illustrate", lambda *_: None)


@pytest.mark.parametrize(
    ("text", "expected"), [("00:30:00", 1800), ("1:00:00:05", 86405), ("100:00:01", 360001)]
)
def test_durations(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["30", "00:00:00", "1:2", "1:00:60", "soon"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"--max-time is HH:MM:SS .* got '{text}'"):
        seconds(text)


def test_a_run_ends_at_the_end_of_its_time_and_resumes_exactly(
    tiny_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = tiny_run(output=str(tmp_path / "whole")).run_dir
    with monkeypatch.context() as patch:
        at_step(patch, 8, lambda loss: _late(patch, loss))
        first = tiny_run(max_time="01:00:00")
    said = capsys.readouterr().err
    assert "--max-time 01:00:00 is over after optimizer step 9; to continue, run: cyclemlp" in said
    assert (first.run_dir / "metrics.json").is_file()  # of the epoch that was completed
    resumed = tiny_run(max_time="02:00:00", resume=True).run_dir
    assert_same_run(whole, resumed)


def _late(patch: pytest.MonkeyPatch, loss: Tensor) -> Tensor:
    patch.setattr(Clock, "seconds", 3600.0)
    return loss


def test_a_run_without_an_epoch_at_the_end_of_its_time(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clock, "seconds", 3600.0)
    with pytest.raises(ValueError, match="over after optimizer step 1, and no epoch was validated"):
        tiny_run(max_time="01:00:00")
    assert (tmp_path / "run/checkpoints/last.ckpt").is_file()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has …"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    ],
)
def test_without_memory_the_message_says_what_was_used_and_what_helps(
    tiny_run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(loss: Tensor) -> Tensor:
        raise error

    at_step(monkeypatch, 3, fail)
    with pytest.raises(ValueError, match="--batch-size 8 at 32 × 32 px with --precision") as caught:
        tiny_run(save_every=2)
    for help_ in ("--batch-size 4 --accumulate 2", "--image-size", "--grad-checkpointing"):
        assert help_ in str(caught.value)
    assert "of step 2, is kept in" in str(caught.value)
    assert "CUDA out of memory" not in str(caught.value)


def test_without_memory_for_the_report_the_bundle_is_named(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("cyclemlp.training.run.results.illustrate", fail)
    with pytest.raises(ValueError, match="for the pictures of the report at --batch") as caught:
        tiny_run(epochs=1)
    run = tmp_path / "run"
    assert f"bundle is in {run / 'bundle'}, its figures in {run / 'metrics.json'}" in str(
        caught.value
    )
    assert f"cyclemlp evaluate {run} --batch-size 4" in str(caught.value)
    assert (run / "bundle/model.safetensors").is_file()
