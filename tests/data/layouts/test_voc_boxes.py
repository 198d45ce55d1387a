import shutil

import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.recognizing import recognized
from cyclemlp.data.report.inspecting import inspect_splits

from .voc_data import OBJECT, XML, entry


def test_pascal_voc(voc):
    train, val = (open_detection(str(voc), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("ant", "cow", "dog")
    target = train[0].target
    assert target["boxes"].tolist() == [[0, 0, 30, 20], [4, 5, 10, 12]]
    assert target["labels"].tolist() == [1, 0]
    assert target["iscrowd"].tolist() == [0, 1]
    assert train[1].target["boxes"].tolist() == [[0, 0, 3, 3]]
    report = inspect_splits({"train": train, "val": val})
    assert report.ok
    (warning,) = report.splits["train"].warnings
    assert warning.reason == (
        "object 1 (cow) has a box without area, xmin 7, ymin 7, xmax 7, ymax 7: left out"
    )
    assert train.notes == ("3 objects, 1 of them crowds or difficult", "1 images without objects")
    with pytest.raises(ValueError, match=r"train\.txt has unknown classes: 'ant'"):
        open_detection(str(voc), "train", ("cow",))
    with pytest.raises(ValueError, match="Pascal VOC's boxes have no masks; use --task detect"):
        open_detection(str(voc), "train", masks=True)


def test_classes_are_those_of_all_annotations_at_any_depth(voc):
    entry(voc, "deep/e", OBJECT.format("zebra", 0, 1, 1, 9, 9))
    (voc / "ImageSets/Main/val.txt").write_text("deep/e\n")
    train, val = (open_detection(str(voc), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("ant", "cow", "dog", "zebra")


def test_images_without_objects_are_refused(voc):
    for file in (voc / "Annotations").iterdir():
        file.write_text(XML.format(""))
    with pytest.raises(ValueError, match=r"train\.txt: its 3 images have no objects$"):
        open_detection(str(voc), "train")
    (voc / "Annotations/b.xml").write_text("<annotation>")
    with pytest.raises(
        ValueError, match=r"1 annotations cannot be read, .*b\.xml: not XML, or cut off: no"
    ):
        open_detection(str(voc), "train")


@pytest.mark.parametrize("listed", [False, True])
def test_annotations_without_files_are_those_of_masks_or_refused(voc, listed):
    for file in (voc / "Annotations").iterdir():
        file.unlink()
    if not listed:
        shutil.rmtree(voc / "ImageSets")
    with pytest.raises(ValueError, match=r"Annotations has no \.xml files; expected one for each"):
        open_detection(str(voc), "train")
    (voc / "SegmentationClass").mkdir()
    assert [layout.tasks for layout in recognized(str(voc))] == [("segment",)]
    entry(voc, "a")
    assert [layout.tasks for layout in recognized(str(voc))] == [("detect",), ("segment",)]


def test_boxes_drawn_backwards_are_put_in_order(voc):
    entry(voc, "a", OBJECT.format("cow", 0, 10, 12, 5, 6) + OBJECT.format("cow", 0, 5, 12, 10, 6))
    (voc / "ImageSets/Main/train.txt").write_text("a\n")
    split = open_detection(str(voc), "train")
    assert split[0].target["boxes"].tolist() == [[4, 5, 10, 12]] * 2
    assert "2 boxes are drawn from right to left or bottom to top: put in order" in split.notes
