"""Detection and instance segmentation: train, evaluate and predict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from faster_coco_eval import COCO

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.verbs.evaluate import evaluate
from cyclemlp.verbs.predict import predict

from .conftest import DENSE, Run

FIGURES = {"ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"}
FIGURES |= {"ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large", "f1", "f1_threshold"}


def strict(path: Path) -> Any:
    """Read JSON, and refuse NaN and Infinity, which are not part of it."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{path} has {word}")

    return json.loads(path.read_text(), parse_constant=refuse)


@pytest.fixture(scope="module")
def gaps(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenes with gaps in the category ids, as in COCO, and one crowd annotation."""
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
    assert strict(run / "metrics.json")["best"]["ap_large"] is None  # no image is large enough
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
        task_args={"min_score": 0.0, "max_objects": 4, "score_threshold": 0.0},
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
