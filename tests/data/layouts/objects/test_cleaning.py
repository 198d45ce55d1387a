import pytest
import torch

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ..coco_data import POLYGON, box, write


def test_unusable_boxes_are_left_out_with_a_warning(tmp_path):
    boxes = [(4, 5, 0, 6), (4, 5, -3, 6), (40, 5, 3, 6), (25, 15, 20, 20), (28.5, 0, 2, 5)]
    write(tmp_path, [box(i, 0, 3, *values) for i, values in enumerate(boxes)])
    split = open_detection(str(tmp_path), "train")
    assert split[0].target["boxes"].tolist() == [[25, 15, 30, 20], [28.5, 0, 30, 5]]
    report = inspect_splits({"train": split})
    assert report.ok
    assert usable(split, report, "stop") is split
    told = [warning.reason for warning in report.splits["train"].warnings]
    assert told == [
        "annotation 0 (cat) has a box without area, [4.0, 5.0, 4.0, 11.0] "
        "(left, top, right, bottom): left out",
        "annotation 1 (cat) has a box without area, [4.0, 5.0, 1.0, 11.0] "
        "(left, top, right, bottom): left out",
        "annotation 2 (cat) is outside the 30 × 20 image, [40.0, 5.0, 43.0, 11.0] "
        "(left, top, right, bottom): left out",
    ]
    assert "1 boxes extend beyond their image and are clipped" in split.notes


@pytest.mark.parametrize("slivers", [[[1, 2, 3, 4]], [[1, 2], [], [1, 2, 3, 4]]])
def test_short_polygons_are_left_out_with_a_warning(tmp_path, slivers):
    shapes = [POLYGON, [slivers[0], *POLYGON, *slivers[1:]]]
    write(tmp_path, [box(i, 0, 3, 4, 5, 10, 6, segmentation=s) for i, s in enumerate(shapes)])
    split = open_detection(str(tmp_path), "train", masks=True)
    plain, cleaned = split[0].target["masks"]
    assert torch.equal(plain, cleaned)
    part = inspect_splits({"train": split}).splits["train"]
    assert not part.unusable
    assert [warning.reason for warning in part.warnings] == [
        f"annotation 1 (cat) has {len(slivers)} polygons of fewer than 3 points: left out"
    ]
