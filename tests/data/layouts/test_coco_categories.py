import pytest

from cyclemlp.data.layouts.finding import open_detection

from .coco_data import box, write


def test_given_classes(tmp_path):
    write(tmp_path, [box(1, 0, 7, 1, 1, 2, 2)])
    split = open_detection(str(tmp_path), "train", ("bird", "dog"))
    assert split[0].target["labels"].tolist() == [1]
    assert split.category_ids == (1, 7)
    with pytest.raises(ValueError, match="unknown classes: 'dog'; the classes are 'bird'"):
        open_detection(str(tmp_path), "train", ("bird",))
