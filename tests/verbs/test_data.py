import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from cyclemlp.verbs.data import data

from ..cli.command import run


def picture(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((8, 9, 3), dtype=np.uint8)).save(file)


@pytest.fixture
def animals(tmp_path):
    root = tmp_path / "animals"
    for split, images in {"train": 3, "val": 2, "test": 1}.items():
        for name in ("cat", "dog"):
            for number in range(images):
                picture(root / split / name / f"{number}.png")
    return root


def test_class_folders_with_every_split_and_count(capsys, animals):
    status, out, _ = run(capsys, "data", str(animals))
    assert status == 0
    assert f"{animals}: class folders, for --task classify" in out
    for line in ("train: 6 usable images in 2 classes", "test: 2 usable", "  cat: 3"):
        assert line in out
    assert out.rstrip().endswith("checked for --task classify: no faults")


def test_faults_are_named_by_file_and_in_json(capsys, animals):
    (animals / "val/dog/0.png").write_bytes(b"no image")
    status, out, _ = run(capsys, "data", str(animals))
    assert status == 1
    assert f"unusable: {animals}/val/dog/0.png: " in out
    assert "faults are listed above" in out
    status, out, _ = run(capsys, "data", str(animals), "--json")
    assert status == 1
    content = json.loads(out)
    assert (content["ok"], content["layouts"][0]["layout"]) == (False, "class folders")
    assert content["layouts"][0]["splits"]["val"]["unusable"][0]["file"].endswith("dog/0.png")


def test_a_missing_split_is_a_problem_and_a_missing_test_is_none(animals):
    for split in ("val", "test"):
        (animals / split).rename(animals.parent / split)
    report = data(str(animals)).layouts[0].report
    assert len(report.problems) == 1
    assert "has no split 'val'" in report.problems[0]
    assert list(report.splits) == ["train"]


def test_the_division_of_the_training_images_is_shown(capsys, animals):
    status, _, err = run(capsys, "data", str(animals), "--val-fraction", "0.4")
    assert status == 2
    assert "--val-fraction 0.4: " in err
    (animals / "val").rename(animals.parent / "val")
    status, out, _ = run(capsys, "data", str(animals), "--val-fraction", "0.4")
    assert status == 0
    for line in ("train: 4 usable", "val: 2 usable", "test: 2 usable", "no faults"):
        assert line in out


def test_a_single_class_is_a_problem_of_classification(tmp_path):
    for split in ("train", "val"):
        picture(tmp_path / split / "cat" / "0.png")
    problems = data(str(tmp_path)).layouts[0].report.problems
    assert problems == ("one class, 'cat': classification needs at least two",)


def test_every_layout_of_a_folder_is_checked(scenes):
    found = data(str(scenes))
    assert [(part.layout, part.task) for part in found.layouts] == [
        ("COCO's format", "detect"),
        ("images with masks", "segment"),
    ]
    assert found.ok
    assert found.layouts[0].report.splits["train"].samples == 12
    only = data(str(scenes), task="instance").layouts
    assert [part.task for part in only] == ["instance"]


def test_the_status_is_that_of_the_task_which_training_takes(capsys, tmp_path, scenes):
    root = tmp_path / "scenes"
    shutil.copytree(scenes, root)
    for file in root.glob("instances_*.json"):
        content = json.loads(file.read_text())
        for annotation in content["annotations"]:
            del annotation["segmentation"]
        file.write_text(json.dumps(content))
    shutil.rmtree(root / "masks")
    status, out, _ = run(capsys, "data", str(root))
    assert status == 0
    problem = "its annotations are boxes, which have no masks; use --task detect"
    assert f"problem: {root / 'instances_train.json'}: {problem}" in out
    assert "for --task detect: no faults; for --task segment: faults are listed above" in out
    shutil.rmtree(root / "images/val")
    (root / "instances_val.json").unlink()
    assert run(capsys, "data", str(root), "--val-fraction", "0.25")[0] == 0
    assert run(capsys, "data", str(root), "--task", "segment")[0] == 1
    assert run(capsys, "data", str(root), "--task", "instance")[0] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["/no/where"], "^cyclemlp: /no/where: no such folder; expected "),
        ([__file__], "is a file"),
        (["EMPTY"], "has none of the known layouts: expected .*; found nothing there"),
        (["ANIMALS", "--task", "segment"], "is not a data set for --task segment: it is class"),
        (["ANIMALS", "--workers", "-1"], "--workers must be at least 0"),
    ],
)
def test_a_wrong_folder_or_task_is_one_line(capsys, tmp_path, animals, words, message):
    (tmp_path / "empty").mkdir()
    places = {"EMPTY": str(tmp_path / "empty"), "ANIMALS": str(animals)}
    status, _, err = run(capsys, "data", *[places.get(word, word) for word in words])
    assert status == 2
    assert err.count("\n") == 1
    assert re.search(message, err), err


def test_the_number_of_channels_is_told(tmp_path):
    for split in ("train", "val"):
        for name in ("a", "b"):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            np.save(folder / "0.npy", np.zeros((9, 8, 5), np.uint16))
    summary = data(str(tmp_path))
    assert summary.ok
    part = summary.layouts[0].report.splits["train"]
    assert part.channels == {"5": 2}
    assert part.notes == ("2 images: 5 channels; train with --model-args.in_chans 5",)
