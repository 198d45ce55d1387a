"""Runs of two processes: the same batches as one process, and exact resumption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import torch
import yaml

from cyclemlp.data.transforms.classify import Augmentation

from .conftest import DENSE, Run, tiny_settings
from .same import assert_same_run

SCRIPT = Path(__file__).parent / "run" / "killed.py"


def two_processes(step: int, config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Train on two gloo processes, and kill both before optimizer step `step`."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    words = [*torchrun, "--standalone", str(SCRIPT), str(step), "train"]
    started = subprocess.Popen(
        [*words, "--config", str(config), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = started.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)  # the launcher's children too
        raise
    return subprocess.CompletedProcess(words, started.returncode, out, err)


def configured(whole: Path, output: Path, **changes: object) -> Path:
    """Write a settings file like the run's, with changes."""
    settings = yaml.safe_load((whole / "config.yaml").read_text())
    path = output.with_suffix(".yaml")
    path.write_text(yaml.safe_dump(settings | {"output": str(output)} | changes))
    return path


@pytest.mark.parametrize("strategy", ["ddp", pytest.param("fsdp2", marks=pytest.mark.slow)])
def test_two_processes_equal_one_with_the_doubled_batch(
    tiny_run: Run, tmp_path: Path, strategy: str
) -> None:
    ema = 0.99 if strategy == "ddp" else None
    precision = "64-true" if strategy == "ddp" else "32-true"
    one = tiny_run(output=str(tmp_path / "one"), precision=precision, ema=ema).run_dir
    config = configured(one, tmp_path / "two", batch_size=4, strategy=strategy)
    done = two_processes(-1, config)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("epoch 2/2") == 1  # the second process is silent
    assert done.stdout.count("bundle: ") == 1
    _assert_close(one, tmp_path / "two", 1e-9 if precision == "64-true" else 2e-4)


@pytest.mark.slow
def test_two_processes_train_the_same_detector_as_one(
    tiny_run: Run, scenes: Path, tmp_path: Path
) -> None:
    """RetinaNet's losses are means over images, so images of one size give equal results.

    The two-stage detectors sample proposals in each process and give other results.
    """
    settings = DENSE["detect"] | {"data": str(scenes), "augment": None, "precision": "64-true"}
    one = tiny_run(**settings, output=str(tmp_path / "one")).run_dir
    done = two_processes(-1, configured(one, tmp_path / "two", batch_size=1))
    assert done.returncode == 0, done.stderr
    _assert_close(one, tmp_path / "two", 1e-7)


@pytest.mark.slow
def test_two_processes_train_a_decoder_that_leaves_a_stage_unused(
    tiny_run: Run, scenes: Path, tmp_path: Path
) -> None:
    settings = DENSE["segment"] | {"data": str(scenes), "task_args": {"decoder": "pspnet"}}
    one = tiny_run(**settings, output=str(tmp_path / "one")).run_dir
    done = two_processes(-1, configured(one, tmp_path / "two"))
    assert done.returncode == 0, done.stderr
    assert "unused parameters" not in done.stderr


@pytest.mark.slow
def test_two_killed_processes_of_instance_segmentation_resume_exactly(
    tiny_run: Run, scenes: Path, tmp_path: Path
) -> None:
    settings = DENSE["instance"] | {"data": str(scenes), "drop_path": 0.2, "save_every": 2}
    one = tiny_run(**settings, epochs=1, output=str(tmp_path / "one")).run_dir
    changes = {"batch_size": 1, "epochs": 2}
    assert two_processes(-1, configured(one, tmp_path / "whole", **changes)).returncode == 0
    config = configured(one, tmp_path / "run", **changes)
    assert two_processes(9, config).returncode == 1
    done = two_processes(-1, config, "--resume")
    assert done.returncode == 0, done.stderr
    assert_same_run(tmp_path / "whole", tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_two_killed_processes_resume_exactly(
    images: Path, tmp_path: Path, strategy: Literal["ddp", "fsdp2"]
) -> None:
    """They are killed in the first epoch, then in the second, between two checkpoints."""
    settings = tiny_settings(
        images,
        output=str(tmp_path / "whole"),
        augment=Augmentation(mixup=0.4, cutmix=0.4),
        drop_path=0.2,
        ema=0.99 if strategy == "ddp" else None,
        batch_size=4,
        strategy=strategy,
        save_every=2,
    )
    config = tmp_path / "settings.yaml"
    config.write_text(settings.to_yaml())
    assert two_processes(-1, config).returncode == 0
    moved = ("--output", str(tmp_path / "run"))
    last = tmp_path / "run/checkpoints/last.ckpt"
    for step, resume in ((5, ()), (9, ("--resume",))):
        died = two_processes(step, config, *moved, *resume)
        assert died.returncode == 1
        assert signal.Signals.SIGKILL.name in died.stderr
        assert torch.load(last, weights_only=True)["global_step"] == step - 1
    done = two_processes(-1, config, *moved, "--resume")
    assert done.returncode == 0, done.stderr
    assert_same_run(tmp_path / "whole", tmp_path / "run")


def _assert_close(one: Path, other: Path, tolerance: float) -> None:
    checkpoints = [
        torch.load(run / "checkpoints/last.ckpt", weights_only=True) for run in (one, other)
    ]
    weights, others = (checkpoint["state_dict"] for checkpoint in checkpoints)
    assert weights.keys() == others.keys()
    for name in weights:
        torch.testing.assert_close(weights[name], others[name], atol=tolerance, rtol=tolerance)
    rows = [(run / "metrics.csv").read_text().splitlines()[1:] for run in (one, other)]
    for row, its in zip(*rows, strict=True):
        values = [torch.tensor([float(v or "nan") for v in line.split(",")]) for line in (row, its)]
        torch.testing.assert_close(*values, atol=1e-5, rtol=1e-5, equal_nan=True)
