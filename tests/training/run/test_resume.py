"""A killed and resumed run equals an uninterrupted run, bit for bit."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml

from cyclemlp.data.transforms.classify import Augmentation

from ..conftest import DENSE, Killed, Run
from ..same import assert_same_run

RANDOM = {
    "drop_path": 0.2,
    "augment": Augmentation(mixup=0.4, cutmix=0.4, erasing=0.3, repeats=2),
    "save_every": 2,
}


@pytest.mark.parametrize("step", [1, 3, 6, 7, 11])
def test_resume_is_exact_at_any_step(
    tiny_run: Run, tmp_path: Path, die_before: Callable[..., None], step: int
) -> None:
    whole = tiny_run(**RANDOM, output=str(tmp_path / "whole")).run_dir
    die_before(step)
    with pytest.raises(Killed):
        tiny_run(**RANDOM)
    die_before(-1)
    resumed = tiny_run(**RANDOM, resume=True).run_dir
    assert_same_run(whole, resumed)


@pytest.mark.parametrize("step", [3, 7])
@pytest.mark.parametrize("task", DENSE)
def test_every_task_resumes_exactly(
    tiny_run: Run,
    scenes: Path,
    tmp_path: Path,
    die_before: Callable[..., None],
    task: str,
    step: int,
) -> None:
    settings = DENSE[task] | {"data": str(scenes), "drop_path": 0.2, "save_every": 2}
    whole = tiny_run(**settings, output=str(tmp_path / "whole")).run_dir
    die_before(step)
    with pytest.raises(Killed):
        tiny_run(**settings)
    die_before(-1)
    resumed = tiny_run(**settings, resume=True).run_dir
    assert_same_run(whole, resumed)


@pytest.mark.parametrize("batch", [0, 1])
def test_resume_between_accumulated_batches(
    tiny_run: Run, tmp_path: Path, die_before: Callable[..., None], batch: int
) -> None:
    settings = RANDOM | {"accumulate": 4, "save_every": 1, "batch_size": 4, "clip_grad": 1.0}
    whole = tiny_run(**settings, output=str(tmp_path / "whole")).run_dir
    assert (whole / "metrics.csv").read_text().splitlines()[1].startswith("1,3,")
    die_before(4, batch)
    with pytest.raises(Killed):
        tiny_run(**settings)
    die_before(-1)
    resumed = tiny_run(**settings, resume=True).run_dir
    assert_same_run(whole, resumed)


def test_resume_without_a_checkpoint_and_after_the_last_epoch(
    tiny_run: Run, tmp_path: Path, die_before: Callable[..., None]
) -> None:
    die_before(1)
    with pytest.raises(Killed):
        tiny_run()
    die_before(-1)
    first = tiny_run(resume=True)
    die_before(0)  # nothing is left to train
    assert tiny_run(resume=True).metrics == first.metrics


def test_another_number_of_processes_is_refused(tiny_run: Run, tmp_path: Path) -> None:
    tiny_run(epochs=1)
    last = tmp_path / "run/checkpoints/last.ckpt"
    checkpoint = torch.load(last, weights_only=True)
    checkpoint["tally"] = checkpoint["tally"].repeat(2, 1)
    torch.save(checkpoint, last)
    with pytest.raises(ValueError, match="started with 2 processes and cannot be resumed with 1"):
        tiny_run(epochs=1, resume=True)


def test_a_killed_process_resumes_with_other_workers(
    tiny_run: Run, images: Path, tmp_path: Path
) -> None:
    whole = tiny_run(**RANDOM, output=str(tmp_path / "whole")).run_dir
    config = tmp_path / "settings.yaml"
    settings = yaml.safe_load((whole / "config.yaml").read_text())
    settings |= {"output": str(tmp_path / "run"), "workers": 2}
    config.write_text(yaml.safe_dump(settings))
    assert command(9, "--config", config).returncode == -signal.SIGKILL
    done = command(-1, "--config", config, "--resume", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert_same_run(whole, tmp_path / "run")


def command(step: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Train in a new process, and kill it before optimizer step `step`."""
    script = Path(__file__).with_name("killed.py")
    words = [sys.executable, str(script), str(step), "train", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
