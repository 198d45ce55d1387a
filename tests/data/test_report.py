import json
import multiprocessing
import re

import pytest

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.text import report_text
from cyclemlp.data.report.usable import usable
from cyclemlp.data.split import Split
from cyclemlp.data.subset import Subset

from .conftest import encoded, picture


def opened(folders):
    return {name: ClassFolder(folders / name, name) for name in ("train", "val")}


def test_a_good_data_set(folders):
    splits = opened(folders)
    report = inspect_splits(splits)
    assert report.ok
    assert report.splits["train"].counts == {"cat": 7, "dog": 5}
    assert report_text(report) == (
        "train: 12 usable images in 2 classes\n  cat: 7\n  dog: 5\n"
        "val: 4 usable images in 2 classes\n  cat: 2\n  dog: 2"
    )
    assert usable(splits["train"], report, "stop") is splits["train"]


@pytest.fixture
def damaged(folders):
    (folders / "train/cat/1.png").write_bytes(b"")
    (folders / "train/dog/4.png").write_bytes(encoded(picture((90, 90)))[:-300])
    (folders / "train/dog/notes.txt").write_text("not a picture")
    (folders / "train/stray.png").write_bytes(encoded(picture()))
    (folders / "train/.DS_Store").write_bytes(b"x")
    return folders


def test_every_fault_has_its_name_and_reason(damaged):
    part = inspect_splits(opened(damaged)).splits["train"]
    train = damaged / "train"
    assert [(fault.file, fault.reason) for fault in part.unusable] == [
        (f"{train}/cat/1.png", "empty file"),
        (f"{train}/dog/4.png", "truncated: the file ends before the picture does"),
        (f"{train}/dog/notes.txt", "not an image of a known format"),
        (f"{train}/stray.png", "not in a class folder"),
    ]
    assert (part.samples, part.usable, part.ignored) == (13, 10, 1)
    assert part.counts == {"cat": 6, "dog": 4}


def test_stop_names_the_files_and_the_remedy(damaged):
    splits = opened(damaged)
    with pytest.raises(ValueError, match=r"4 files that cannot .*cat/1\.png \(empty file\).*skip"):
        usable(splits["train"], inspect_splits(splits), "stop")


def test_skip_drops_exactly_the_reported_ones(damaged):
    splits = opened(damaged)
    part = usable(splits["train"], inspect_splits(splits), "skip")
    bad = {"1.png", "notes.txt", "4.png"}
    left = [part.source(i) for i in range(len(part))]
    assert len(left) == 10
    assert f"{damaged}/train/cat/1.png" not in left
    assert not bad & {name.rpartition("/")[2] for name in left if "/dog/" in name} - {"1.png"}
    assert all(part.fault(i) is None for i in range(len(part)))


def test_the_report_survives_json(damaged):
    report = inspect_splits(opened(damaged))
    again = DataReport.from_dict(json.loads(json.dumps(report.to_dict())))
    assert again == report
    assert not again.ok


def test_the_text_names_faults_notes_and_ignored_files(damaged):
    splits = opened(damaged)
    splits["train"].notes = ("read from elsewhere",)
    text = report_text(inspect_splits(splits))
    assert f"  unusable: {damaged}/train/cat/1.png: empty file" in text
    assert "  ignored: 1 hidden, system or other files" in text
    assert "  note: read from elsewhere" in text


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


def test_one_split_alone_may_lack_classes(folders):
    split = ClassFolder(folders / "val", "val", ("cat", "dog", "bird"))
    report = inspect_splits({"val": split})
    assert report.ok
    assert report.splits["val"].counts["bird"] == 0


def test_nothing_usable(folders):
    for file in (folders / "val").rglob("*.png"):
        file.write_bytes(b"")
    splits = opened(folders)
    report = inspect_splits(splits)
    assert report.problems == ("split 'val' has no usable image",)
    with pytest.raises(ValueError, match="split 'val' has no usable image"):
        usable(splits["val"], report, "skip")


def test_a_report_of_other_data_is_refused(damaged):
    report = inspect_splits(opened(damaged))
    (damaged / "train/cat/1.png").rename(damaged / "train/cat/0a.png")
    with pytest.raises(ValueError, match="changed since the report"):
        usable(opened(damaged)["train"], report, "skip")
    (damaged / "train/cat/0a.png").unlink()
    with pytest.raises(ValueError, match="other data"):
        usable(opened(damaged)["train"], report, "skip")


def test_processes_find_the_same_in_the_same_order(damaged):
    assert inspect_splits(opened(damaged), workers=2) == inspect_splits(opened(damaged))


@pytest.mark.slow
def test_processes_may_be_spawned(damaged):
    context = multiprocessing.get_context("spawn")
    alone = inspect_splits(opened(damaged))
    assert inspect_splits(opened(damaged), workers=1, context=context) == alone


@pytest.mark.parametrize("workers", [0, 2])
def test_progress_ends_at_the_total(folders, workers):
    told = []
    inspect_splits(opened(folders), workers=workers, progress=lambda *step: told.append(step))
    assert told[-1] == (16, 16)


class Watched(ClassFolder):
    def check(self, index):
        return super().check(index)._replace(warnings=["a note"] if index == 3 else [])


def test_warnings_are_told_and_stop_nothing(folders):
    split = Watched(folders / "train", "train")
    report = inspect_splits({"train": split})
    assert report.ok
    assert usable(split, report, "stop") is split
    assert f"  warning: {split.source(3)}: a note" in report_text(report).splitlines()
    assert DataReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_rare_classes_may_be_missing_where_none_is_required(folders):
    splits: dict[str, Split] = {**opened(folders)}
    splits["val"] = Subset(splits["val"], [0, 1])
    assert not inspect_splits(splits).ok
    splits["val"].classes_required = False
    assert inspect_splits(splits).ok


class Blank(ClassFolder):
    classes_required = False

    def check(self, index):
        return super().check(index)._replace(labels=[])


def test_a_split_that_shows_no_class_is_a_problem(folders):
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


def test_classes_without_images_are_told_where_there_are_many(folders):
    classes = ["cat", "dog", *(f"bird {number}" for number in range(30))]
    report = inspect_splits({"val": ClassFolder(folders / "val", "val", classes)})
    text = report_text(report)
    assert "  0 to 2 images a class\n  none of: 'bird 0', 'bird 1', 'bird 2'" in text
