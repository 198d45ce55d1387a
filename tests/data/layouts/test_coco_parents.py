from cyclemlp.data.layouts.finding import open_detection

from .coco_data import box, edit, write

PARENT = {"id": 0, "name": "pets", "supercategory": "none"}
CHILD = {"id": 1, "name": "dog", "supercategory": "pets"}
NOTE = "category 0, 'pets', is the parent of other categories and has no annotations: left out"


def test_an_unused_parent_is_dropped_with_a_note(tmp_path):
    write(tmp_path, [box(1, 0, 1, 4, 5, 10, 6)], categories=[PARENT, CHILD])
    split = open_detection(str(tmp_path), "train")
    assert split.classes == ("dog",)
    assert split.category_ids == (1,)
    assert split[0].target["labels"].tolist() == [0]
    assert NOTE in split.notes
    given = open_detection(str(tmp_path), "train", ("pets", "dog"))
    assert given[0].target["labels"].tolist() == [1]
    assert NOTE not in given.notes


def test_a_parent_with_annotations_is_a_class(tmp_path):
    write(tmp_path, [box(1, 0, 0, 4, 5, 10, 6)], categories=[PARENT, CHILD])
    assert open_detection(str(tmp_path), "train").classes == ("pets", "dog")


def test_a_category_0_that_is_no_parent_is_a_class(tmp_path):
    write(tmp_path, [box(1, 0, 1, 4, 5, 10, 6)])
    edit(tmp_path, categories=[PARENT, {"id": 1, "name": "dog"}])
    assert open_detection(str(tmp_path), "train").classes == ("pets", "dog")
