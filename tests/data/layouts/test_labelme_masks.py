import pytest
import torch

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from ..conftest import picture
from .labelme_data import RECTANGLE, annotate, shape

WHOLE = [[0, 0], [30, 0], [30, 20], [0, 20]]


def test_shapes_are_drawn_in_order(tmp_path):
    ignored = shape("__ignore__", WHOLE)
    annotate(tmp_path / "train/a.jpg", shape("dog"), shape("cat", [[23, 2], [26, 8]], "rectangle"))
    annotate(tmp_path / "train/b.jpg", ignored, shape("_background_", RECTANGLE, "rectangle"))
    annotate(tmp_path / "val/c.jpg")
    split = open_segmentation(str(tmp_path), "train")
    assert split.classes == ("background", "cat", "dog")
    expected = torch.zeros(20, 30, dtype=torch.uint8)
    expected[2:8, 20:26] = 2
    expected[2:8, 23:26] = 1
    assert torch.equal(split[0].target, expected)
    expected = torch.full((20, 30), 255, dtype=torch.uint8)
    expected[5:11, 4:14] = 0
    assert torch.equal(split[1].target, expected)
    val = open_segmentation(str(tmp_path), "val", split.classes)
    report = inspect_splits({"train": split, "val": val})
    assert report.ok
    assert report.splits["train"].counts == {"background": 2, "cat": 1, "dog": 1}
    assert report.splits["val"].counts == {"background": 1, "cat": 0, "dog": 0}


def test_faults_and_strays(tmp_path):
    annotate(tmp_path / "train/a.jpg", shape("cat"))
    annotate(tmp_path / "train/b.jpg", shape("cat"), 3)
    picture().save(tmp_path / "train/c.jpg")
    part = inspect_splits({"train": open_segmentation(str(tmp_path), "train")}).splits["train"]
    assert [(fault.file[-5:], fault.reason) for fault in part.unusable] == [
        ("b.jpg", f"its annotation {tmp_path}/train/b.json: shape 2 has no label, got 3"),
        ("c.jpg", "no JSON file annotates it; annotate it, or remove it"),
    ]
    with pytest.raises(ValueError, match=r"train: pixels without a shape are .*'cow'; use classes"):
        open_segmentation(str(tmp_path), "train", ("cat", "cow"))
