import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from cyclemlp.bundle.loading import load
from cyclemlp.verbs.predict import predict


@pytest.fixture
def folder(tmp_path):
    """Five images in nested folders, one of them damaged, and a file that is not an image."""
    root = tmp_path / "images"
    (root / "deep" / "er").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.JPG", "deep/c.png", "deep/er/d.png"):
        Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)).save(root / name)
    (root / "deep" / "bad.png").write_bytes(b"no image")
    (root / "notes.txt").write_text("no image either")
    return root


def same(content, prediction):
    assert [entry["label"] for entry in content["top"]] == list(prediction.labels)
    probabilities = [entry["probability"] for entry in content["top"]]
    assert probabilities == pytest.approx(prediction.probabilities, abs=1e-6)


def lines(output):
    return [json.loads(line) for line in (output / "predictions.jsonl").read_text().splitlines()]


def test_a_folder_is_searched_and_a_bad_file_is_reported(bundle, folder, tmp_path):
    result = predict(bundle, [str(folder)], str(tmp_path / "out"), batch_size=2, workers=0)
    rows = lines(tmp_path / "out")
    assert [row["file"].removeprefix(f"{folder}/") for row in rows] == [
        "a.png", "b.JPG", "deep/bad.png", "deep/c.png", "deep/er/d.png"
    ]  # fmt: skip
    assert "bad.png" in rows[2]["error"]
    assert "prediction" not in rows[2]
    assert (result.files, result.failed) == (5, 1)
    for row in rows[:2] + rows[3:]:
        same(row["prediction"], load(bundle)(row["file"]))


def test_images_of_the_same_name_have_different_files(bundle, folder, tmp_path):
    places = [tmp_path / place for place in ("x/a.png", "y/a.png", "y/a-2.png")]
    for place in places:
        place.parent.mkdir(exist_ok=True)
        shutil.copy(folder / "a.png", place)
    result = predict(bundle, [*map(str, places)], str(tmp_path / "out"), workers=0, draw=True)
    assert f"drawn on the images: {tmp_path / 'out/drawn'}" in result.__rich_console__(None, None)
    drawn = [row["drawn"] for row in lines(tmp_path / "out")]
    assert len(set(drawn)) == 3
    assert all((tmp_path / "out" / name).is_file() for name in drawn)


def test_workers_do_not_change_the_predictions(bundle, folder, tmp_path):
    for workers in (0, 2):
        predict(
            bundle, [str(folder)], str(tmp_path / f"out{workers}"), batch_size=2, workers=workers
        )
    assert lines(tmp_path / "out0") == lines(tmp_path / "out2")


def test_named_files_lists_and_missing_files(bundle, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{folder}/b.JPG\n\n{folder}/gone.png\n"))
    predict(bundle, [f"{folder}/a.png", "-"], str(tmp_path / "out"), workers=0)
    rows = lines(tmp_path / "out")
    assert [row["file"].rpartition("/")[2] for row in rows] == ["a.png", "b.JPG", "gone.png"]
    assert "gone.png" in rows[2]["error"]


def test_a_folder_without_images_is_refused(bundle, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        FileNotFoundError, match=r"no image or video in .*empty; images end in .*\.png"
    ):
        predict(bundle, [str(tmp_path / "empty")])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task_args": {"top_k": 0}}, "top_k must be at least 1, got 0"),
        ({"batch_size": 0}, "--batch-size must be at least 1, got 0"),
        ({"workers": -1}, "--workers must be at least 0, got -1"),
        ({"device": "abacus"}, "--device abacus: torch cannot compute there"),
    ],
)
def test_a_message_names_the_flag_of_an_unusable_setting(
    bundle, folder, tmp_path, settings, message
):
    with pytest.raises(ValueError, match=message):
        predict(bundle, [str(folder)], str(tmp_path / "out"), **settings)
    assert not (tmp_path / "out").exists()


def test_results_are_overwritten_only_with_the_flag(bundle, folder, tmp_path):
    out = tmp_path / "out"
    predict(bundle, [f"{folder}/a.png"], str(out), workers=0)
    with pytest.raises(
        FileExistsError, match=r"predictions\.jsonl exists; give another --output, or"
    ):
        predict(bundle, [f"{folder}/b.JPG"], str(out), workers=0)
    assert lines(out)[0]["file"].endswith("a.png")
    predict(bundle, [f"{folder}/b.JPG"], str(out), overwrite=True, workers=0)
    assert lines(out)[0]["file"].endswith("b.JPG")


def test_without_output_each_call_has_a_new_folder(bundle, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = [predict(bundle, [f"{folder}/a.png"], workers=0).output for _ in range(3)]
    assert [str(path) for path in made] == ["runs/predict", "runs/predict-2", "runs/predict-3"]


def test_drawn_pictures(bundle, folder, tmp_path):
    predict(bundle, [str(folder)], str(tmp_path / "out"), draw=True, workers=0)
    drawn = sorted(path.name for path in (tmp_path / "out" / "drawn").iterdir())
    assert drawn == ["a.png", "b.png", "c.png", "d.png"]


def test_top_k_and_image_size(bundle, folder, tmp_path):
    predict(
        bundle,
        [f"{folder}/a.png"],
        str(tmp_path / "out"),
        image_size=96,
        workers=0,
        task_args={"top_k": 1},
    )
    (row,) = lines(tmp_path / "out")
    same(row["prediction"], load(bundle, image_size=96, top_k=1)(f"{folder}/a.png"))
