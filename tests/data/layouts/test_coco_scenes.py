import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from .coco_data import POLYGON, box, edit, write

RUNS_REFUSED = (
    "annotation 1 (cat): its run lengths cannot be read: expected text or whole numbers from 0"
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category_id": 5}, "annotation 1 has the category_id 5; there are 3, 7 …"),
        ({"bbox": [1, 2, 3]}, "annotation 1: bbox is 4 numbers and area one, got [1, 2, 3]"),
        ({"bbox": [10**400, 2, 3, 4]}, "annotation 1: bbox is 4 numbers and area one, got [1000"),
        ({"segmentation": None}, "annotation 1 (cat): it has neither polygons nor run lengths"),
        (
            {"segmentation": [[1, 2, 3, 4]]},
            "annotation 1 (cat): its polygons are not lists of 3 or more points",
        ),
        (
            {"segmentation": [[1, 2, 3, 4], []]},
            "annotation 1 (cat): its polygons are not lists of 3 or more points",
        ),
        (
            {"segmentation": [*POLYGON, [1, 2, 3, 4, 5]]},
            "annotation 1 (cat): its polygons are not lists of 3 or more points",
        ),
        (
            {"segmentation": {"size": [20, 31], "counts": [620]}},
            "annotation 1 (cat): its mask has the size [20, 31], but the image has [20, 30]",
        ),
        (
            {"segmentation": {"size": [20, 30], "counts": [5, 5]}},
            "annotation 1 (cat): its run lengths cannot be read",
        ),
        *(
            ({"segmentation": {"size": [20, 30], "counts": counts}}, RUNS_REFUSED)
            for counts in (None, [-5, 605], [0.5, 599.5])
        ),
        (
            {"segmentation": [[1, 2, 3, 1e9, 5, 6]]},
            "annotation 1 (cat): a polygon has a point 1e+09 pixels away",
        ),
        (
            {"segmentation": []},
            "annotation 1 (cat): it has neither polygons nor run lengths; --task",
        ),
        (
            {"segmentation": {"size": 3, "counts": []}},
            "annotation 1 (cat): its mask has the size 3",
        ),
        (
            {"segmentation": {"size": [20, 30], "counts": "garbage"}},
            "annotation 1 (cat): its run lengths cannot be read",
        ),
    ],
)
def test_unusable_annotations_are_faults(tmp_path, change, reason):
    write(tmp_path, [box(1, 10, 3, 4, 5, 10, 6) | change, box(2, 0, 3, 4, 5, 10, 6)])
    split = open_detection(str(tmp_path), "train", masks=True)
    report = inspect_splits({"train": split})
    (fault,) = report.splits["train"].unusable
    assert fault.file == str(tmp_path / "images/train/1.jpg")
    assert fault.reason.startswith(reason)
    assert len(usable(split, report, "skip")) == 2


def test_a_size_that_is_not_a_number(tmp_path):
    write(tmp_path, [])
    edit(tmp_path, images=[{"id": 1, "file_name": "0.jpg", "width": "wide", "height": 20}])
    split = open_detection(str(tmp_path), "train")
    assert split.fault(0) == "its width and height are whole numbers, got ('wide', 20)"
