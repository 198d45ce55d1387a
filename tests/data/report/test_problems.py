import re

import pytest

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable
from cyclemlp.data.split import Split
from cyclemlp.data.subset import Subset

from .opened import opened


def test_a_class_without_images_in_a_split_is_a_problem(folders):
    for file in (folders / "val/dog").iterdir():
        file.write_bytes(b"")
    splits = opened(folders)
    report = inspect_splits(splits)
    assert report.problems == ("class 'dog' of split 'train' has no usable image in 'val'",)
    assert not report.ok
    with pytest.raises(
        ValueError, match=r"class 'dog' of split 'train' has no usable image in 'val'\. Add what is"
    ):
        usable(splits["train"], report, "stop")
    assert len(usable(splits["val"], report, "skip")) == 2


def test_classes_missing_and_unknown_in_val_are_problems(folders):
    (folders / "val/dog").rename(folders / "val/wolf")
    report = inspect_splits(opened(folders))
    assert set(report.problems) == {
        "class 'dog' of split 'train' is unknown in split 'val'",
        "class 'wolf' of split 'val' is unknown in split 'train'",
    }


def test_a_single_split_may_lack_classes(folders):
    split = ClassFolder(folders / "val", "val", ("cat", "dog", "bird"))
    report = inspect_splits({"val": split})
    assert report.ok
    assert report.splits["val"].counts["bird"] == 0


def test_classes_may_be_missing_if_they_are_not_required(folders):
    splits: dict[str, Split] = {**opened(folders)}
    splits["val"] = Subset(splits["val"], [0, 1])
    assert not inspect_splits(splits).ok
    splits["val"].classes_required = False
    assert inspect_splits(splits).ok


class Blank(ClassFolder):
    classes_required = False

    def check(self, index):
        return super().check(index)._replace(labels=[])


def test_a_split_without_any_class_is_a_problem(folders):
    splits = {
        "train": ClassFolder(folders / "train", "train"),
        "val": Blank(folders / "val", "val"),
    }
    report = inspect_splits(splits)
    blank = (
        f"none of the 4 usable images of split 'val' ({folders}/val/cat/0.png, …) shows any of the "
        "2 classes"
    )
    assert report.problems == (blank,)
    for split in splits.values():
        with pytest.raises(ValueError, match=rf"{re.escape(blank)}\. Add what is missing$"):
            usable(split, report, "stop")
    with pytest.raises(ValueError, match=re.escape(blank)):
        usable(splits["val"], report, "skip")
    assert usable(splits["train"], report, "skip") is splits["train"]
