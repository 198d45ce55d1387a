"""Detection and instance segmentation through the verbs, as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from faster_coco_eval import COCO

from cyclemlp.bundle import Bundle
from cyclemlp.training.run.history import History
from cyclemlp.training.settings import Optim, Settings
from cyclemlp.verbs.evaluate import evaluate
from cyclemlp.verbs.predict import predict
from cyclemlp.verbs.train import TrainResult

from .conftest import DENSE

Run = Callable[..., TrainResult]
FIGURES = {"ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"}
FIGURES |= {"ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"}


def strict(path: Path) -> Any:
    """JSON without the words that are none of it."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{path} has {word}")

    return json.loads(path.read_text(), parse_constant=refuse)


@pytest.fixture(scope="module")
def gaps(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenes with category ids as COCO has them, and one object that is a crowd."""
    root = tmp_path_factory.mktemp("gaps")
    (root / "images").symlink_to(scenes / "images")
    for split in ("train", "val"):
        content = json.loads((scenes / f"instances_{split}.json").read_text())
        for entry in content["categories"]:
            entry["id"] = 10 * entry["id"] + 3
        for entry in content["annotations"]:
            entry["category_id"] = 10 * entry["category_id"] + 3
        content["annotations"][0]["iscrowd"] = 1
        (root / f"instances_{split}.json").write_text(json.dumps(content))
    return root


@pytest.mark.parametrize("task", ["detect", "instance"])
def test_train_evaluate_and_predict(tiny_run: Run, gaps: Path, tmp_path: Path, task: str) -> None:
    result = tiny_run(**DENSE[task], data=str(gaps), epochs=1, precision="bf16-mixed")
    run = result.run_dir
    figures = FIGURES | ({f"mask_{name}" for name in FIGURES} if task == "instance" else set())
    assert set(result.metrics) == figures
    for name in ("metrics.json", "evaluation.json", "data_report.json", "bundle/config.json"):
        strict(run / name)
    assert strict(run / "metrics.json")["best"]["ap_large"] is None  # no picture has room for one
    assert "nan" not in (run / "metrics.csv").read_text()
    for name in ("samples.png", "curves.png", "report.html"):
        assert (run / name).stat().st_size > 1000
    config = Bundle.from_pretrained(run).config
    assert config.task_args["category_ids"] == [13, 23, 33, 43]
    assert config.colors is not None

    scores = evaluate(str(run), str(gaps), image_size=[48, 64], workers=0,
                      output=str(tmp_path / "e"))  # fmt: skip
    assert list(scores.sizes) == ["48x48", "64x64"]
    for rows in (strict(tmp_path / "e/metrics.json")["sizes"][size] for size in scores.sizes):
        assert set(rows) == figures | {"per_class"}
        columns = {"instance": "class_mask_ap", "detect": "class_ap"}
        assert list(rows["per_class"][0])[:2] == ["class", columns[task]]

    predicted = predict(
        str(run), [str(gaps / "images/val")], str(tmp_path / "p"), workers=0,
        task_args={"min_score": 0.0, "max_objects": 4, "shown_score": 0.0},
    )  # fmt: skip
    assert predicted.gathered is not None
    found = COCO(str(predicted.gathered))
    assert len(found.getImgIds()) == 3
    assert found.getCatIds() == [13, 23, 33, 43]
    assert {found.anns[i]["category_id"] for i in found.anns} <= {13, 23, 33, 43}
    lines = [json.loads(line) for line in (tmp_path / "p/predictions.jsonl").open()]
    for line in lines:
        assert line["prediction"]["size"] == [60, 80]
        assert (tmp_path / "p" / line["drawn"]).is_file()
        assert ("mask" in line["prediction"]["objects"][0]) == (task == "instance")
    with pytest.raises(ValueError, match="leave out one of --image-size and window"):
        predict(str(run), [str(gaps / "images/val")], image_size=64, task_args={"window": 32})
    tiles = predict(str(run), [str(gaps / "images/val")], str(tmp_path / "w"), workers=0,
                    task_args={"window": 32})  # fmt: skip
    assert (tiles.files, tiles.failed) == (3, 0)


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
def test_weights_of_a_detector_are_all_loaded(
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


def test_an_epoch_without_a_value_never_wins(tmp_path: Path) -> None:
    history = History(tmp_path / "metrics.csv", "ap", patience=2)
    nan = float("nan")
    for epoch, value in enumerate([nan, 0.1, nan, 0.2, nan, nan], start=1):
        history.rows.append({"epoch": epoch, "ap": value})
        assert history.improved == (epoch in (1, 2, 4))
    assert history.best["epoch"] == 4
    assert history.exhausted


def test_the_published_schedule_steps_where_it_says() -> None:
    from cyclemlp.training.lightning.optim import create_optimizer, create_schedule, peak_lr

    optim = Optim(schedule="multistep", milestones=(8, 11), warmup_epochs=0.5)
    optimizer = create_optimizer(torch.nn.Linear(2, 2), optim, 1e-4)
    schedule = create_schedule(optimizer, optim, epochs=12, steps_per_epoch=10)
    rates = []
    for step in range(120):
        rates.append(peak_lr(optimizer))
        schedule.step_update(step + 1)
    assert rates[0] < rates[4] < rates[5] == 1e-4 == rates[78]
    assert rates[80] == pytest.approx(1e-5) == rates[108]
    assert rates[110] == pytest.approx(1e-6) == rates[119]
    with pytest.raises(ValueError, match=r"--optim\.milestones go together"):
        Optim(schedule="multistep")
    with pytest.raises(ValueError, match=r"--optim\.milestones go together"):
        Optim(milestones=(3,))
    assert Settings("d", optim=optim).to_dict()["optim"]["milestones"] == [8.0, 11.0]
