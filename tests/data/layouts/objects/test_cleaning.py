import math

import pytest
import torch

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.objects.cleaning import cleaned
from cyclemlp.data.layouts.objects.scene import Item, Scene
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ...conftest import picture
from ..coco_data import POLYGON, box, write


def test_unusable_boxes_are_left_out_with_a_warning(tmp_path):
    boxes = [
        (4, 5, 0, 6),
        (math.nan, 5, 3, 6),
        (40, 5, 3, 6),
        (25, 15, 20, 20),
        (28.5, 0, 2, 5),
    ]
    write(tmp_path, [box(i, 0, 3, *values) for i, values in enumerate(boxes)])
    split = open_detection(str(tmp_path), "train")
    assert split[0].target["boxes"].tolist() == [[25, 15, 30, 20], [28.5, 0, 30, 5]]
    report = inspect_splits({"train": split})
    assert report.ok
    assert usable(split, report, "stop") is split
    told = [warning.reason for warning in report.splits["train"].warnings]
    assert told == [
        "annotation 0 (cat) has a box without area, bbox [4, 5, 0, 6]: left out",
        "annotation 1 (cat) has a box with values that are not finite, bbox [nan, 5, 3, 6]: "
        "left out",
        "annotation 2 (cat) is outside the 30 × 20 image, bbox [40, 5, 3, 6]: left out",
    ]
    assert "1 boxes extend beyond their image and are clipped" in split.notes


@pytest.mark.parametrize("slivers", [[[1, 2, 3, 4]], [[1, 2], [], [1, 2, 3, 4]]])
def test_short_polygons_are_left_out_with_a_warning(tmp_path, slivers):
    shapes = [POLYGON, [slivers[0], *POLYGON, *slivers[1:]]]
    write(tmp_path, [box(i, 0, 3, 4, 5, 10, 6, segmentation=s) for i, s in enumerate(shapes)])
    split = open_detection(str(tmp_path), "train", masks=True)
    plain, other = split[0].target["masks"]
    assert torch.equal(plain, other)
    part = inspect_splits({"train": split}).splits["train"]
    assert not part.unusable
    assert [warning.reason for warning in part.warnings] == [
        f"annotation 1 (cat) has {len(slivers)} polygons of fewer than 3 points: left out"
    ]


def test_boxes_drawn_backwards_are_put_in_order(tmp_path):
    boxes = [(14, 5, -10, 6), (14, 11, -10, -6), (-1, 5, -3, 6), (4, 5, 10, 6)]
    areas = [-60, 60, 18, 60]
    write(
        tmp_path,
        [
            box(i, 0, 3, *values, area=area)
            for i, (values, area) in enumerate(zip(boxes, areas, strict=True))
        ],
    )
    split = open_detection(str(tmp_path), "train")
    target = split[0].target
    assert target["boxes"].tolist() == [[4, 5, 14, 11]] * 3
    assert target["area"].tolist() == [60, 60, 60]
    assert "2 boxes are drawn from right to left or bottom to top: put in order" in split.notes
    (warning,) = inspect_splits({"train": split}).splits["train"].warnings
    assert warning.reason == (
        "annotation 2 (cat) is outside the 30 × 20 image, bbox [-1, 5, -3, 6]: left out"
    )


def test_corners_are_shown_if_the_layout_gives_no_other_form(tmp_path):
    picture((30, 20)).save(tmp_path / "a.png")
    scene = Scene(str(tmp_path / "a.png"), 0, None, (Item((4, 5, 4, 11), 0),))
    assert cleaned(scene)[0].warnings == (
        "object has a box without area, [4, 5, 4, 11] (left, top, right, bottom): left out",
    )
