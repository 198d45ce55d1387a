"""Validation images from the training images, in every layout that may lack a split for them."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from cyclemlp.data.layouts import dividing
from cyclemlp.data.layouts.dividing import Division, divided, part_of
from cyclemlp.data.layouts.finding import open_classification, open_detection, open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from ..conftest import picture
from . import coco_data, yolo_data
from .labelme_data import annotate, shape
from .mask_data import grid, pair, save_mask, save_picture

COUNT = 6


def parts(opened, data, fraction=0.34):
    whole, division = divided(opened, str(data), fraction)
    return [part_of(whole, str(data), division, name) for name in dividing.PARTS]


def files(split):
    return {split.source(index) for index in range(len(split))}


def plain(root):
    for name in ("cat", "dog"):
        for number in range(3):
            save_picture(root / name / f"{number}.png")


def train_folders(root):
    plain(root / "train")


def listed(root):
    plain(root)
    lines = [f"{name}/{number}.png,{name}" for name in ("cat", "dog") for number in range(3)]
    (root / "labels.csv").write_text("\n".join(["image,label", *lines]))


def one_json(root):
    boxes = [coco_data.box(n, 10 * n, 3, 2, 3, 4, 5) for n in range(COUNT)]
    coco_data.write(root, boxes, "all", COUNT)
    (root / "instances_all.json").rename(root / "annotations.json")
    for file in (root / "images/all").iterdir():
        file.rename(root / "images" / file.name)


def labelme(root):
    for number in range(COUNT):
        annotate(root / f"{number}.jpg", shape("cat"))


def yolo(root):
    text = "names: [cat, dog]\ntrain: images/train\n"
    yolo_data.write(root, *([yolo_data.BOX] * COUNT), yaml=text)


def mask_folders(root):
    for number in range(COUNT):
        pair(root, "train", f"{number}", grid(1, 2))


def masks_without_splits(root):
    for number in range(COUNT):
        save_picture(root / f"images/{number}.jpg")
        save_mask(root / f"masks/{number}.png", grid(1, 2))


def voc(root):
    for number in range(COUNT):
        save_picture(root / f"JPEGImages/{number}.jpg")
        save_mask(root / f"SegmentationClass/{number}.png", grid(1, 2))
    (root / "ImageSets/Segmentation").mkdir(parents=True)
    (root / "ImageSets/Segmentation/trainval.txt").write_text("\n".join(map(str, range(COUNT))))


def voc_without_lists(root):
    voc(root)
    shutil.rmtree(root / "ImageSets")


LAYOUTS = [
    (plain, open_classification),
    (train_folders, open_classification),
    (listed, open_classification),
    (one_json, open_detection),
    (one_json, partial(open_detection, masks=True)),
    (one_json, open_segmentation),
    (labelme, open_detection),
    (labelme, open_segmentation),
    (yolo, open_detection),
    (mask_folders, open_segmentation),
    (masks_without_splits, open_segmentation),
    (voc, open_segmentation),
    (voc_without_lists, open_segmentation),
]


@pytest.mark.parametrize(("write", "opened"), LAYOUTS)
def test_every_layout_without_validation_is_divided(tmp_path, write, opened):
    write(tmp_path)
    with pytest.raises(ValueError, match=r"no split 'val'.*cyclemlp train --val-fraction 0\.2$"):
        opened(str(tmp_path), "val")
    train, val = parts(opened, tmp_path)
    assert (len(train), len(val)) == (4, 2)
    assert not files(train) & files(val)
    assert (train.name, val.name) == ("train", "val")
    assert train.classes == val.classes
    assert inspect_splits({"train": train, "val": val}, workers=0).ok


@pytest.mark.parametrize(("write", "opened"), LAYOUTS)
def test_the_division_is_the_same_in_another_place_and_with_more_files(
    tmp_path, monkeypatch, write, opened
):
    root = tmp_path / "first"
    write(root)
    whole, division = divided(opened, f"{root}/", 0.34)
    names = {Path(file).relative_to(root) for file in files(whole)}
    assert names == {Path(name) for name in (*division.train, *division.val)}
    moved = root.rename(tmp_path / "moved")
    monkeypatch.chdir(moved)
    for data in (str(moved), "."):
        assert divided(opened, data, 0.34)[1] == division


def test_classes_are_divided_by_themselves_and_faults_are_kept(tmp_path):
    plain(tmp_path)
    (tmp_path / "cat/bad.png").write_bytes(b"")
    picture().save(tmp_path / "lost.png")
    train, val = parts(open_classification, tmp_path, 0.2)
    assert sorted(val.labels(index)[0] for index in range(len(val))) == [0, 1]
    assert train.notes == ("2 of 7 training images are for validation, by a hash of their names",)
    assert (len(train.strays), len(val.strays)) == (1, 0)
    report = inspect_splits({"train": train, "val": val}, workers=0)
    unusable = [*report.splits["train"].unusable, *report.splits["val"].unusable]
    assert {Path(fault.file).name for fault in unusable} == {"bad.png", "lost.png"}


@pytest.mark.parametrize("name", ["val", "Valid", "validation"])
def test_a_split_for_validation_is_not_replaced(tmp_path, name):
    train_folders(tmp_path)
    plain(tmp_path / name)
    with pytest.raises(
        ValueError, match=r"--val-fraction 0\.34: .* has a split for validation; leave the flag out"
    ):
        divided(open_classification, str(tmp_path), 0.34)
    shutil.rmtree(tmp_path / name)
    (tmp_path / name).mkdir()  # also one that cannot be opened
    with pytest.raises(ValueError, match="has a split for validation"):
        divided(open_classification, str(tmp_path), 0.34)


def test_images_for_testing_remain_so(tmp_path):
    train_folders(tmp_path)
    plain(tmp_path / "test")
    train, val = parts(open_classification, tmp_path)
    assert all(str(tmp_path / "train") in file for file in files(train) | files(val))
    assert len(open_classification(str(tmp_path), "test")) == COUNT


def test_added_and_removed_files_are_told(tmp_path):
    plain(tmp_path)
    whole, division = divided(open_classification, str(tmp_path), 0.34)
    kept = Division(division.train, division.val, "run/split.json")
    before = files(part_of(whole, str(tmp_path), kept, "val"))
    save_picture(tmp_path / "cat/new.png")
    (tmp_path / division.val[0]).unlink()
    val = part_of(open_classification(str(tmp_path), "train"), str(tmp_path), kept, "val")
    assert files(val) == before - {str(tmp_path / division.val[0])}
    assert val.notes[-1] == "1 images are not in run/split.json: left out, 'cat/new.png'"
    assert [(f.file, f.reason) for f in val.strays] == [
        (str(tmp_path / division.val[0]), "in run/split.json, but not in the data set")
    ]
    plain(tmp_path / "other/train")
    with pytest.raises(ValueError, match=r"none of the images that run/split\.json lists"):
        part_of(open_classification(str(tmp_path / "other"), "train"), str(tmp_path), kept, "train")


def test_too_few_images(tmp_path):
    save_picture(tmp_path / "train/cat/0.png")
    save_picture(tmp_path / "train/dog/0.png")
    with pytest.raises(ValueError, match=r"cannot be divided, .* has 2 for training, one per"):
        divided(open_classification, str(tmp_path), 0.2)


def test_two_annotated_images_of_one_file_stay_together(tmp_path):
    one_json(tmp_path)
    file = tmp_path / "annotations.json"
    content = json.loads(file.read_text())
    for image in content["images"][:5]:
        image["file_name"] = "0.jpg"
    file.write_text(json.dumps(content))
    train, val = parts(open_detection, tmp_path)
    assert len(train) + len(val) == COUNT
    assert not files(train) & files(val)
