import pytest

from cyclemlp.data.layouts.finding import open_detection

from .coco_data import box, write


def test_a_split_has_one_file(tmp_path):
    write(tmp_path, [])
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/instances_train2017.json").write_text("{}")
    with pytest.raises(
        ValueError, match=r"2017\.json and .*instances_train\.json: keep only one of them"
    ):
        open_detection(str(tmp_path), "train")


def test_released_layout(tmp_path):
    write(tmp_path, [box(1, 0, 7, 1, 1, 2, 2)])
    (tmp_path / "annotations").mkdir()
    for split in ("train", "val"):
        source = tmp_path / "instances_train.json"
        (tmp_path / f"annotations/instances_{split}2017.json").write_text(source.read_text())
    (tmp_path / "instances_train.json").unlink()
    (tmp_path / "images/train").rename(tmp_path / "train2017")
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / "train2017/0.jpg")
    (tmp_path / "images").rmdir()
    with pytest.raises(FileNotFoundError, match=r"no folder.*'val': looked for .*val2017"):
        open_detection(str(tmp_path), "val")
