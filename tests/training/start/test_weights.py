"""Initial weights from files, bundles and runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load
from cyclemlp.training.settings.optim import Optim

from ..conftest import DENSE, Run


def test_the_error_for_other_weights_names_the_flags(tiny_run: Run, tmp_path: Path) -> None:
    torch.save({"stem.conv.weight": torch.zeros(8, 3, 7, 7)}, tmp_path / "other.pth")
    message = r"--weights .*other\.pth: .*missing stages.*--model and --model-args"
    with pytest.raises(ValueError, match=message):
        tiny_run(weights=str(tmp_path / "other.pth"))


def test_fine_tuning_from_a_bundle_prints_what_was_loaded(
    tiny_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tiny_run(epochs=1)
    capsys.readouterr()
    tiny_run(
        epochs=1,
        lr=1e-9,
        ema=None,
        weights=str(first.run_dir),
        output=str(tmp_path / "second"),
        optim=Optim(warmup_epochs=0, weight_decay=0.0),
    )
    assert "bundle/model.safetensors" in capsys.readouterr().err
    old = load(first.bundle).network.state_dict()
    new = load(tmp_path / "second/bundle").network.state_dict()
    for name, value in old.items():
        torch.testing.assert_close(new[name], value, atol=1e-6, rtol=0)


def test_fine_tuning_from_a_classifier_and_from_a_detector_of_other_classes(
    tiny_run: Run, images: Path, scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classifier = tiny_run(epochs=1, output=str(tmp_path / "classifier"))
    settings = DENSE["detect"] | {"data": str(scenes), "epochs": 1}
    weights = str(classifier.run_dir)
    detector = tiny_run(**settings, weights=weights, output=str(tmp_path / "detector"))
    said = capsys.readouterr().err
    assert "weights loaded from" in said
    assert "new, not in the file: model.stage_norms.1.weight" in said
    assert "unused, not in the network: head.fc.weight" in said

    two = tmp_path / "two"
    two.mkdir()
    (two / "images").symlink_to(scenes / "images")
    for split in ("train", "val"):
        content = json.loads((scenes / f"instances_{split}.json").read_text())
        content["categories"] = content["categories"][:2]
        content["annotations"] = [a for a in content["annotations"] if a["category_id"] < 3]
        (two / f"instances_{split}.json").write_text(json.dumps(content))
    settings |= {"data": str(two), "weights": str(detector.run_dir)}
    tiny_run(**settings, output=str(tmp_path / "again"))
    said = capsys.readouterr().err
    assert "18 outputs here, 36 in the file: not loaded" in said


@pytest.mark.parametrize("detector", ["retinanet", "faster_rcnn"])
def test_all_weights_of_a_detector_are_loaded(
    tiny_run: Run, scenes: Path, tmp_path: Path, detector: str
) -> None:
    settings = DENSE["detect"] | {"data": str(scenes), "epochs": 1}
    settings["task_args"] = {"channels": 32, "detector": detector}
    first = tiny_run(**settings, output=str(tmp_path / "first"))
    again = tiny_run(**settings, lr=1e-30, ema=None, weights=str(first.run_dir),
                     optim=Optim(warmup_epochs=0, weight_decay=0.0))  # fmt: skip
    weights, others = (
        Bundle.from_pretrained(run.run_dir).network.state_dict() for run in (first, again)
    )
    for name, value in weights.items():
        torch.testing.assert_close(others[name], value)
