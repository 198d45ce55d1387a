"""New and resumed runs in a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cyclemlp.training.settings.optim import Optim

from ..conftest import Run


def test_a_run_does_not_overwrite_files(tiny_run: Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match=r"run is not empty.*--resume.*--output"):
        tiny_run()
    with pytest.raises(ValueError, match=r"no run to resume.*no config\.yaml"):
        tiny_run(resume=True)
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["thesis.txt"]


def test_a_refused_start_can_be_repeated_in_the_same_folder(
    images: Path, tiny_run: Run, tmp_path: Path
) -> None:
    data, run = tmp_path / "data", tmp_path / "run"
    shutil.copytree(images, data)
    bad = data / "train/red/0.png"
    good = bad.read_bytes()
    bad.write_bytes(b"")
    for resume in (False, True):
        with pytest.raises(ValueError, match=r"red/0\.png"):
            tiny_run(data=str(data), epochs=1, resume=resume)
        assert not run.exists()
    run.mkdir()
    (run / ".part.config.yaml").write_text("of a process that was killed")
    bad.write_bytes(good)
    with pytest.raises(ValueError, match="there is no model"):
        tiny_run(data=str(data), epochs=1, model="cyclemlp_b9")
    result = tiny_run(data=str(data), epochs=1, resume=True)
    report = json.loads((run / "data_report.json").read_text())
    assert report["ok"]
    assert result.bundle.is_dir()
    with pytest.raises(ValueError, match="is not empty"):
        tiny_run(data=str(data), epochs=1)


def test_a_file_is_no_folder_of_a_run(tiny_run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for output in ("thesis.txt", "thesis.txt/run"):
        with pytest.raises(
            ValueError, match=r"--output .*: .*/thesis\.txt is a file; give a folder"
        ):
            tiny_run(output=str(tmp_path / output))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_changed_settings_are_named(tiny_run: Run) -> None:
    tiny_run(epochs=1)
    optim = Optim(warmup_epochs=1, weight_decay=0.0)
    with pytest.raises(
        ValueError, match=r"differ: batch_size: was 8, now 4; optim\.weight_decay: was 0\.05, now 0"
    ):
        tiny_run(epochs=1, batch_size=4, optim=optim, resume=True)
    tiny_run(epochs=1, save_every=3, workers=1, resume=True)  # these do not change the weights


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "/no/where"},
        {"model": "cyclemlp_b9"},
        {"optim": Optim("adamm", warmup_epochs=0)},
        {"image_size": 1},
    ],
)
def test_a_start_that_fails_leaves_no_folder(
    tiny_run: Run, tmp_path: Path, settings: dict[str, Any]
) -> None:
    with pytest.raises((ValueError, OSError)):
        tiny_run(output=str(tmp_path / "runs/first"), **settings)
    assert not (tmp_path / "runs").exists()
    (tmp_path / "mine").mkdir()
    with pytest.raises((ValueError, OSError)):
        tiny_run(output=str(tmp_path / "mine"), **settings)
    assert list((tmp_path / "mine").iterdir()) == []
