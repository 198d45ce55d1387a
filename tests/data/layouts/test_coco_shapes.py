import pytest

from cyclemlp.data.layouts.finding import open_detection, open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from .coco_data import POLYGON, box, write

RUNS = {"size": [20, 30], "counts": [4 * 20 + 5, *[6, 14] * 9, 6, 309 + 20]}
PAIRS = [[[4, 5], [14, 5], [14, 11], [4, 11], [4, 8], [4, 6]]]


def _without_box(**more):
    entry = box(1, 10, 3) | more
    del entry["bbox"]
    return entry


@pytest.mark.parametrize("shape", [POLYGON, POLYGON[0], PAIRS, RUNS])
@pytest.mark.parametrize("bbox", ["left out", None, []])
def test_a_box_follows_from_the_segmentation(tmp_path, shape, bbox):
    entry = _without_box(segmentation=shape) | ({} if bbox == "left out" else {"bbox": bbox})
    write(tmp_path, [entry])
    split = open_detection(str(tmp_path), "train", masks=True)
    target = split[1].target
    assert target["boxes"].tolist() == [[4, 5, 14, 11]]
    assert target["masks"][0, 5:11, 4:14].all()
    assert target["masks"].sum() == 60
    note = "1 annotations of instances_train.json have no bbox: it follows from the segmentation"
    assert note in split.notes
    assert open_detection(str(tmp_path), "train")[1].target["boxes"].tolist() == [[4, 5, 14, 11]]
    mask = open_segmentation(str(tmp_path), "train")[1].target
    assert (mask > 0).sum() == 60


@pytest.mark.parametrize(
    "shape",
    [
        [],
        None,
        3,
        [[]],
        [["a", "b"]],
        {"size": [20, 30], "counts": "?"},
        {"size": 3},
        {"counts": 1},
    ],
)
def test_an_annotation_without_any_box_is_named(tmp_path, shape):
    write(tmp_path, [_without_box(segmentation=shape), box(2, 0, 3, 4, 5, 10, 6)])
    report = inspect_splits({"train": open_detection(str(tmp_path), "train")})
    (fault,) = report.splits["train"].unusable
    assert fault.reason == "annotation 1 has neither a bbox nor a segmentation with an area"


def test_text_is_no_box(tmp_path):
    write(tmp_path, [box(1, 10, 3) | {"bbox": "1234"}])
    split = open_detection(str(tmp_path), "train")
    assert split.fault(1) == "annotation 1: bbox is 4 numbers and area one, got 1234"
