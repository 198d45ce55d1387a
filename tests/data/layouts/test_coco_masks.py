import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from .coco_data import POLYGON, box, edit, write

RUNS = {"size": [20, 30], "counts": [20 * 4 + 5, 6, 14, 6, 494 - 5]}  # columns 4, 5; rows 5 to 10
WHOLE = {"size": [20, 30], "counts": [0, 600]}


def target(root, split="train", index=0, classes=None):
    return open_segmentation(str(root), split, classes)[index].target


def test_later_annotations_are_drawn_over_earlier_ones(tmp_path):
    objects = [box(1, 0, 7, 4, 5, 10, 6), box(2, 0, 3, 4, 5, 2, 6, segmentation=RUNS)]
    write(tmp_path, objects)
    write(tmp_path, objects[::-1], "val")
    expected = torch.zeros(20, 30, dtype=torch.uint8)
    expected[5:11, 4:14] = 2
    assert torch.equal(target(tmp_path, "val"), expected)
    expected[5:11, 4:6] = 1
    found = target(tmp_path)
    assert found.dtype == torch.uint8
    assert torch.equal(found, expected)
    split = open_segmentation(str(tmp_path), "train")
    assert split.classes == ("background", "cat", "dog")
    assert "2 images without shapes" in split.notes
    assert (
        "masks are drawn from 2 shapes, 0 of them ignored; pixels without a shape are 'background'"
    ) in split.notes
    counts = inspect_splits({"train": split}).splits["train"].counts
    assert counts == {"background": 3, "cat": 1, "dog": 1}


def test_crowds_are_ignored_where_no_object_is(tmp_path):
    crowd = box(2, 0, 3, 0, 0, 30, 20, iscrowd=1, segmentation=WHOLE)
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6), crowd])
    found = target(tmp_path)
    assert (found[5:11, 4:14] == 2).all()
    assert (found == 255).sum() == 600 - 60


def test_a_category_named_background_is_the_background(tmp_path):
    write(tmp_path, [box(1, 0, 1, 4, 5, 10, 6)])
    edit(tmp_path, categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "background"}])
    assert open_segmentation(str(tmp_path), "train").classes == ("background", "cat")


def test_given_classes(tmp_path):
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)])
    found = target(tmp_path, classes=("dog", "background", "cow"))
    assert found[6, 6] == 0
    assert found[0, 0] == 1
    with pytest.raises(ValueError, match="pixels without a shape are the class 'background', but"):
        target(tmp_path, classes=("dog", "cow"))
    with pytest.raises(ValueError, match="unknown classes: 'dog'; the classes are 'background'"):
        target(tmp_path, classes=("background", "cow"))


def test_unusable_annotations(tmp_path):
    empty = box(2, 10, 7, 0, 0, 0, 0, segmentation=[])
    slim = box(3, 10, 7, 4, 5, 10, 6, segmentation=[[1, 2, 3, 4], *POLYGON])
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6, segmentation=[]), empty, slim])
    edit(tmp_path, images=[{"id": i, "file_name": f"{i // 10}.jpg"} for i in (0, 10)])
    part = inspect_splits({"train": open_segmentation(str(tmp_path), "train")}).splits["train"]
    (fault,) = part.unusable
    assert fault.file == str(tmp_path / "images/train/0.jpg")
    assert fault.reason == (
        "annotation 1 (dog): it has neither polygons nor run lengths; --task detect needs none"
    )
    assert [warning.reason for warning in part.warnings] == [
        "annotation 2 (dog) has a box without area and no shape: left out",
        "annotation 3 (dog) has 1 polygons of fewer than 3 points: left out",
    ]


def test_masks_of_the_stored_pixels_are_turned(tmp_path):
    write(tmp_path, [box(1, 0, 7, 4, 5, 10, 6)], images=1)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "images/train/0.jpg", exif=exif)
    found = target(tmp_path)
    assert found.shape == (30, 20)
    upright = np.zeros((20, 30), dtype=np.uint8)
    upright[5:11, 4:14] = 2
    assert np.array_equal(found.numpy(), np.rot90(upright, -1))


def test_an_image_of_another_size_is_a_fault(tmp_path):
    write(tmp_path, [])
    edit(tmp_path, images=[{"id": 0, "file_name": "0.jpg", "width": 31, "height": 20}])
    assert open_segmentation(str(tmp_path), "train").fault(0) == (
        "its annotations are for an image of 31 × 20 pixels, but it has 30 × 20"
    )


def test_a_damaged_image_and_a_missing_one(tmp_path):
    write(tmp_path, [])
    (tmp_path / "images/train/0.jpg").write_bytes(b"")
    (tmp_path / "images/train/1.jpg").unlink()
    split = open_segmentation(str(tmp_path), "train")
    assert [split.fault(i) for i in range(3)] == ["empty file", "no such file", None]
