"""The largest batch that fits."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start import batch_size
from cyclemlp.training.start.batch_size import largest_power_of_two
from cyclemlp.training.start.start import prepare

from ..conftest import DENSE, Run, tiny_settings


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's pictures and page take longer than the run."""
    monkeypatch.setattr("cyclemlp.training.run.results.illustrate", lambda *_: None)


@pytest.mark.parametrize(("room", "most", "expected"), [(100, 1000, 64), (100, 48, 32), (0, 9, 1)])
def test_the_largest_power_of_two(room: int, most: int, expected: int) -> None:
    tried = []

    def step(size: int) -> None:
        tried.append(size)
        if size > room:
            raise torch.OutOfMemoryError("CUDA out of memory")

    assert largest_power_of_two(step, most) == expected
    assert len(tried) == len(set(tried))


def test_another_error_is_raised() -> None:
    def step(size: int) -> None:
        raise RuntimeError("sizes differ")

    with pytest.raises(RuntimeError, match="sizes differ"):
        largest_power_of_two(step, 8)


@pytest.mark.parametrize("task", ["classify", *DENSE])
def test_the_step_that_is_tried_is_one_of_training(
    images: Path, scenes: Path, tmp_path: Path, task: str
) -> None:
    changes = {} if task == "classify" else DENSE[task] | {"data": str(scenes)}
    settings = tiny_settings(images, output=str(tmp_path), precision="bf16-mixed", **changes)
    start = prepare(settings, RunFolder(tmp_path))
    before = {name: value.clone() for name, value in start.network.state_dict().items()}
    batch_size._step(settings, start, torch.device("cpu"))(2)
    after = start.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_on_the_cpu_auto_is_a_number_which_the_run_keeps(
    tiny_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_run(batch_size="auto", epochs=1)
    assert "--batch-size auto is for a GPU; here it is 64" in capsys.readouterr().err
    config = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert config["batch_size"] == 64
    tiny_run(batch_size="auto", epochs=1, resume=True)


def test_zero_is_refused(images: Path) -> None:
    with pytest.raises(ValueError, match="--batch-size must be at least 1, got 0"):
        Settings(data=str(images), batch_size=0)
