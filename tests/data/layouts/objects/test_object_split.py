import torch

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits

from ..coco_data import box, write


def test_a_target(tmp_path):
    write(tmp_path, [box(1, 10, 7, 4, 5, 10, 6), box(2, 10, 3, 0, 0, 2, 3, area=None, iscrowd=1)])
    split = open_detection(str(tmp_path), "train")
    assert split.classes == ("cat", "dog")
    assert split.category_ids == (3, 7)
    target = split[1].target
    assert target["boxes"].tolist() == [[4, 5, 14, 11], [0, 0, 2, 3]]
    assert target["boxes"].dtype == torch.float32
    assert target["boxes"].canvas_size == target["size"] == (20, 30)
    assert target["labels"].tolist() == [1, 0]
    assert target["iscrowd"].tolist() == [0, 1]
    assert target["area"].tolist() == [50, 6]
    assert target["image_id"] == 10
    assert "masks" not in target
    assert split[0].target["boxes"].shape == (0, 4)
    assert "2 images without objects" in split.notes
    assert inspect_splits({"train": split}).splits["train"].counts == {"cat": 0, "dog": 1}


def test_a_split_of_crowds_only_is_a_problem(tmp_path):
    write(tmp_path, [box(1, 10, 7, 4, 5, 10, 6, iscrowd=1)])
    split = open_detection(str(tmp_path), "train")
    assert split.labels(1) == [1]
    (problem,) = inspect_splits({"train": split}).problems
    assert problem.startswith("none of the 3 usable images of split 'train'")


def test_relative_coordinates_are_noted(tmp_path):
    write(tmp_path, [box(1, 0, 3, 0.1, 0.1, 0.5, 0.5), box(2, 0, 3, 1, 1, 5, 5)])
    note = "1 boxes are less than a pixel wide or high; coordinates are in pixels"
    assert note in open_detection(str(tmp_path), "train").notes
