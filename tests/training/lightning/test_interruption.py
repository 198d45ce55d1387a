"""Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cyclemlp.training.lightning.interruption import Interruption

from ..conftest import Run
from ..same import assert_same_run
from ..stepping import at_step


def test_ctrl_c_saves_a_checkpoint_and_prints_the_resume_command(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    whole = tiny_run(output=str(tmp_path / "whole")).run_dir

    def press(loss: Tensor) -> Tensor:
        os.kill(os.getpid(), signal.SIGINT)
        return loss

    with monkeypatch.context() as patch:
        at_step(patch, 8, press)
        with pytest.raises(KeyboardInterrupt) as caught:
            tiny_run()
    run = tmp_path / "run"
    assert str(caught.value) == (
        "after optimizer step 9; to continue, run: "
        f"cyclemlp train --config {run / 'config.yaml'} --resume"
    )
    assert "Stopping after this step and saving it" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) == handler
    assert torch.load(run / "checkpoints/last.ckpt", weights_only=True)["global_step"] == 9
    tiny_run(resume=True)
    assert_same_run(whole, run)


def test_loader_workers_ignore_ctrl_c(capfd: Any) -> None:
    """A terminal sends the signal to the workers too."""

    def press_twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with Interruption().listening():
        worker = multiprocessing.get_context("fork").Process(target=press_twice)
        worker.start()
        worker.join()
    assert worker.exitcode == 0
    assert capfd.readouterr().err == ""


def test_a_second_ctrl_c_stops_at_once(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = signal.getsignal(signal.SIGINT)

    def press_twice(loss: Tensor) -> Tensor:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return loss

    at_step(monkeypatch, 8, press_twice)
    with pytest.raises(KeyboardInterrupt, match="--resume"):
        tiny_run()
    last = torch.load(tmp_path / "run/checkpoints/last.ckpt", weights_only=True)
    assert last["global_step"] == 6
    assert signal.getsignal(signal.SIGINT) == handler
