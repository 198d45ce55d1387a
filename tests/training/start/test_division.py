"""Runs on data without validation images: `--val-fraction`, `--resume` and `evaluate`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cyclemlp.verbs.evaluate import evaluate

from ..conftest import DENSE, Killed, Run


@pytest.fixture
def undivided(images: Path, tmp_path: Path) -> Path:
    """Class folders without splits: 5 images of each of 3 classes."""
    return shutil.copytree(images / "val", tmp_path / "undivided")


def listed(run: Path) -> dict[str, list[str]]:
    return json.loads((run / "split.json").read_text())


def test_resume_and_evaluate_use_the_division_of_the_start(
    undivided: Path, tiny_run: Run, die_before: Callable[[int, int], None], tmp_path: Path
) -> None:
    settings = {"data": str(undivided), "val_fraction": 0.4, "batch_size": 3, "save_every": 1}
    die_before(2, 0)
    with pytest.raises(Killed):
        tiny_run(**settings, epochs=1)
    run = tmp_path / "run"
    before = listed(run)
    assert before["data"] == str(undivided)
    assert (len(before["train"]), len(before["val"])) == (9, 6)
    assert {name.split("/")[0] for name in before["val"]} == {"blue", "green", "red"}
    for name in ("blue", "green", "red"):  # of another division, some would be for validation
        for number in range(6, 12):
            shutil.copy(undivided / f"{name}/0.png", undivided / f"{name}/{number}.png")
    report = json.loads((run / "data_report.json").read_text())
    assert report["splits"]["train"]["samples"] == 9
    die_before(99, 0)
    result = tiny_run(**settings, epochs=1, resume=True)
    assert listed(run) == before
    for bundle in (run, result.bundle):
        scores = evaluate(str(bundle), output=str(tmp_path / "out"), overwrite=True, workers=0)
        assert scores.images == 6
        assert scores.sizes["32x32"].figures["top1"] == pytest.approx(result.metrics["top1"])
    notes = json.loads((tmp_path / "out/data_report.json").read_text())["splits"]["val"]["notes"]
    assert notes[-1].startswith(f"18 images are not in {run}/split.json: left out")
    moved = undivided.rename(tmp_path / "moved")
    with pytest.raises(FileNotFoundError, match=r"undivided, the data set of the run .* --data D"):
        evaluate(str(run))
    scores = evaluate(str(run), str(moved), output=str(tmp_path / "out2"), workers=0)
    assert scores.images == 6


def test_evaluate_uses_the_runs_data_or_that_given(
    images: Path, tiny_run: Run, tmp_path: Path
) -> None:
    result = tiny_run(epochs=1)
    assert listed(result.run_dir) == {"data": str(images)}
    out = str(tmp_path / "out")
    assert evaluate(str(result.run_dir), output=out, workers=0).images == 15
    assert json.loads((tmp_path / "out/metrics.json").read_text())["data"] == str(images)
    elsewhere = shutil.copytree(result.bundle, tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"not in the folder of a training run .* --data DIR"):
        evaluate(str(elsewhere))


def test_dense_data_are_divided(scenes: Path, tiny_run: Run, tmp_path: Path) -> None:
    data = tmp_path / "yolo"
    shutil.copytree(scenes / "images/train", data / "images")
    (data / "annotations.json").write_bytes((scenes / "instances_train.json").read_bytes())
    result = tiny_run(data=str(data), val_fraction=0.25, epochs=1, **DENSE["detect"])
    assert (len(listed(result.run_dir)["train"]), len(listed(result.run_dir)["val"])) == (9, 3)


def test_a_split_for_validation_excludes_a_fraction(tiny_run: Run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--val-fraction 0\.2: .* has a split for validation"):
        tiny_run(val_fraction=0.2)
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match=r"--val-fraction must be between 0 and 1, .* got 20"):
        tiny_run(val_fraction=20)
