"""Every dense task: train, evaluate and predict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import cyclemlp
from cyclemlp.data.layouts.masks.mask_files import read_index_mask
from cyclemlp.verbs.train import TrainResult

from .conftest import DENSE, Run


@pytest.fixture(params=DENSE)
def task(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def run(task: str, tiny_run: Run, scenes: Path) -> Run:
    def go(**settings: Any) -> TrainResult:
        given: dict[str, Any] = DENSE[task] | {"data": str(scenes)} | settings
        return tiny_run(**given)

    return go


def test_training_writes_a_bundle_that_predicts_and_a_page_with_pictures(
    run: Run, task: str, scenes: Path
) -> None:
    result = run()
    assert 0 <= result.metrics[_headline(task)] <= 1
    files = {path.name for path in result.run_dir.iterdir()}
    assert {"report.html", "samples.png", "curves.png", "metrics.json", "bundle"} <= files
    config = json.loads((result.bundle / "config.json").read_text())
    assert config["task"] == task
    predictor = cyclemlp.load(result.bundle)
    image = Image.open(sorted((scenes / "images/val").iterdir())[0])
    prediction = predictor(image)
    json.dumps(prediction.to_dict(), allow_nan=False)
    assert prediction.draw(image).width >= image.width
    others = [image.resize((50, 41)), image.resize((90, 30))]
    several = predictor([image, *others])  # of other sizes, so that they are not in one batch
    assert several[0].to_dict() == prediction.to_dict()


def test_evaluation_at_several_sizes_and_by_windows(
    run: Run, task: str, scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = str(run().bundle)
    found = cyclemlp.evaluate(
        bundle, str(scenes), image_size=[64, 96], workers=0, output=str(tmp_path / "e")
    )
    assert list(found.sizes) == ["64x64", "96x96"]
    figures = [scores.figures[_headline(task)] for scores in found.sizes.values()]
    assert all(0 <= figure <= 1 for figure in figures)
    json.loads((tmp_path / "e/metrics.json").read_text(), parse_constant=pytest.fail)
    kind, at_once = type(cyclemlp.load(bundle).task), []
    infer = kind.infer
    monkeypatch.setattr(
        kind, "infer", lambda self, net, x: at_once.append(len(x)) or infer(self, net, x)
    )
    found = cyclemlp.evaluate(
        bundle, str(scenes), task_args={"window": 48}, workers=0, output=str(tmp_path / "w")
    )
    assert list(found.sizes) == ["own"]
    assert set(at_once) == {1}  # each image may fill the memory
    with pytest.raises(ValueError, match="windows move over an image at its own size"):
        cyclemlp.evaluate(bundle, str(scenes), image_size=64, task_args={"window": 48})


def test_an_unknown_task_setting_is_named(run: Run, scenes: Path) -> None:
    bundle = str(run(epochs=1).bundle)
    with pytest.raises(ValueError, match=r"has no setting 'windows'; its settings are: .*window"):
        cyclemlp.evaluate(bundle, str(scenes), task_args={"windows": 48})


def test_prediction_writes_a_line_a_picture_and_a_file_per_image(
    run: Run, scenes: Path, tmp_path: Path
) -> None:
    folder = scenes / "images/val"
    (tmp_path / "bad.png").write_bytes(b"no image")
    inputs = [str(folder), str(tmp_path / "bad.png")]
    result = cyclemlp.predict(str(run().bundle), inputs, output=str(tmp_path / "p"), workers=0)
    rows = [
        json.loads(line) for line in (tmp_path / "p/predictions.jsonl").read_text().splitlines()
    ]
    assert [("prediction" in row, "error" in row) for row in rows] == [(True, False)] * 3 + [
        (False, True)
    ]
    assert result.failed == 1
    for row in rows[:3]:
        assert (tmp_path / "p" / row["drawn"]).is_file()
        assert (tmp_path / "p" / row["saved"]).stat().st_size > 0


def test_a_classifiers_weights_are_loaded_into_the_backbone_only(
    run: Run, tiny_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classifier = tiny_run(epochs=1, output=str(tmp_path / "c"))
    run(weights=str(classifier.run_dir), epochs=1)
    said = capsys.readouterr().err
    assert "weights loaded from" in said
    assert "new, not in the file: model.stage_norms.3.weight" in said
    assert "unused, not in the network: head.fc.weight" in said
    with pytest.raises(ValueError, match=r"does not fit .* weights differ: .*stages\.0"):
        run(
            weights=str(classifier.run_dir),
            model_args={"dims": [8, 16, 16, 24], "depths": [2, 1, 1, 1]},
            output=str(tmp_path / "deeper"),
        )
    with pytest.raises(ValueError, match=r"unexpected stages\.2"):
        run(
            weights=str(classifier.run_dir),
            model_args={"dims": [8, 16, 16, 24], "depths": [1, 1, 0, 1]},
            output=str(tmp_path / "shallower"),
        )
    with pytest.raises(ValueError, match=r"channel offsets differ .*\(3, 'released'\).*\(7, "):
        run(
            weights=str(classifier.run_dir),
            model_args={"dims": [8, 16, 16, 24], "depths": [1, 1, 1, 1], "stepsize": 7},
            output=str(tmp_path / "wider"),
        )


def _headline(task: str) -> str:
    from cyclemlp.tasks import get_task

    return get_task(task).headline


class TestSegmentation:
    """Tests of semantic segmentation only."""

    @pytest.fixture
    def task(self) -> str:
        return "segment"

    def test_saved_masks_are_index_masks_in_the_image_size_and_the_data_sets_colours(
        self, run: Run, scenes: Path, tmp_path: Path
    ) -> None:
        result = run()
        config = json.loads((result.bundle / "config.json").read_text())
        colors = [
            entry["color"] for entry in json.loads((scenes / "classes.json").read_text())["classes"]
        ]
        assert config["colors"] == colors
        cyclemlp.predict(
            str(result.bundle), [str(scenes / "images/val")], output=str(tmp_path / "p"), workers=0
        )
        file = tmp_path / "p/saved/0000.png"
        mask = read_index_mask(str(file))
        assert mask.shape == (60, 80)
        assert mask.max() < 5
        with Image.open(file) as image:
            shown = np.asarray(image.convert("RGB"))[0, 0].tolist()
        assert shown == colors[mask[0, 0]]

    def test_another_number_of_classes_resets_the_output_layer(
        self, run: Run, scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = run(epochs=1).run_dir
        other = tmp_path / "two"
        for part in ("images", "masks"):
            for split in ("train", "val"):
                (other / part / split).mkdir(parents=True)
                for file in sorted((scenes / part / split).iterdir()):
                    image = Image.open(file)
                    if part == "masks":
                        image = Image.fromarray((np.asarray(image) > 0).astype(np.uint8))
                    image.save(other / part / split / file.name)
        run(data=str(other), weights=str(first), epochs=1, output=str(tmp_path / "second"))
        said = capsys.readouterr().err
        assert "adapted network.segmentation_head.0.weight: 2 outputs here, 5 in the file" in said

    def test_unknown_mask_values_stop_a_run_before_training(
        self, run: Run, scenes: Path, tmp_path: Path
    ) -> None:
        import shutil

        data = tmp_path / "data"
        shutil.copytree(scenes, data)
        mask = np.asarray(Image.open(data / "masks/train/0003.png")).copy()
        mask[0, 0] = 77
        Image.fromarray(mask).save(data / "masks/train/0003.png")
        with pytest.raises(ValueError, match=r"0003\.png .*values 77 mean no class"):
            run(data=str(data))
        assert not (tmp_path / "run/checkpoints/last.ckpt").exists()

    def test_other_backbones_of_timm_train(self, run: Run, tmp_path: Path) -> None:
        assert run(model="resnet10t", model_args={}, drop_path=0.0, epochs=1).bundle.is_dir()

    def test_weights_of_a_bundle_are_loaded_unchanged(self, run: Run, scenes: Path) -> None:
        result = run(epochs=1)
        network = cyclemlp.Bundle.from_pretrained(result.bundle).network
        again = cyclemlp.Bundle.from_pretrained(result.run_dir).network
        for one, other in zip(
            network.state_dict().values(), again.state_dict().values(), strict=True
        ):
            assert torch.equal(one, other)
