import json

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.text import report_text
from cyclemlp.data.report.usable import usable

from .opened import opened


def test_a_usable_data_set(folders):
    splits = opened(folders)
    report = inspect_splits(splits)
    assert report.ok
    assert report.splits["train"].counts == {"cat": 7, "dog": 5}
    assert report_text(report) == (
        "train: 12 usable images in 2 classes\n  cat: 7\n  dog: 5\n  channels of every image: 3\n"
        "val: 4 usable images in 2 classes\n  cat: 2\n  dog: 2\n  channels of every image: 3"
    )
    assert usable(splits["train"], report, "stop") is splits["train"]


def test_faults_name_the_file_and_the_reason(damaged):
    part = inspect_splits(opened(damaged)).splits["train"]
    train = damaged / "train"
    assert [(fault.file, fault.reason) for fault in part.unusable] == [
        (f"{train}/cat/1.png", "empty file"),
        (f"{train}/dog/4.png", "truncated: the file ends before the image data"),
        (f"{train}/dog/notes.txt", "not an image of a known format"),
        (f"{train}/stray.png", "not in a class folder"),
    ]
    assert (part.samples, part.usable, part.ignored) == (13, 10, 1)
    assert part.counts == {"cat": 6, "dog": 4}


class Watched(ClassFolder):
    def check(self, index):
        return super().check(index)._replace(warnings=["a note"] if index == 3 else [])


def test_warnings_are_reported_and_not_faults(folders):
    split = Watched(folders / "train", "train")
    report = inspect_splits({"train": split})
    assert report.ok
    assert usable(split, report, "stop") is split
    assert f"  warning: {split.source(3)}: a note" in report_text(report).splitlines()
    assert DataReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
