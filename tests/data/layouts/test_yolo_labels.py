import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from .yolo_data import BOX, TRIANGLE, image, write

RANGE = "is outside 0 to 1; coordinates are fractions of the image's width and height"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0", "1 values, but a box has 5 (class x y width height), and a polygon has a class"),
        ("0,0.5,0.5,0.1,0.1", "1 values, but a box has 5"),
        ("0 0.5 0.5 0.1", "4 values, but a box has 5"),
        ("0 0.5 0.5 0.1 0.1 0.93", "6 values, but a box has 5"),  # a score
        (f"{TRIANGLE} 0.5", "8 values, but a box has 5"),
        ("2 0.5 0.5 0.1 0.1", "class 2, but the 2 classes are 0 to 1"),
        ("-1 0.5 0.5 0.1 0.1", "class -1, but the 2 classes are 0 to 1"),
        ("0.5 0.5 0.5 0.1 0.1", "class 0.5, but the 2 classes are 0 to 1"),
        ("cat 0.5 0.5 0.1 0.1", "'cat' is not a number"),
        ("0 nan 0.5 0.1 0.1", "'nan' is not a number"),
        ("0 0.5 1e999 0.1 0.1", "'1e999' is not a number"),
        ("0 320 240 64 48", f"320 {RANGE}"),
        ("0 0.5 -0.02 0.1 0.1", f"-0.02 {RANGE}"),
        ("0 0.5 0.5 0.1 1.02", f"1.02 {RANGE}"),
        ("0 0.5 0.5 0.1 -1.02", f"-1.02 {RANGE}"),
        ("0 0.1 0.1 0.5 0.1 0.5 1.02", f"1.02 {RANGE}"),
    ],
)
def test_bad_lines_are_named(tmp_path, line, reason):
    write(tmp_path, f"{BOX}\n\n{line}\n", BOX)
    split = open_detection(str(tmp_path), "train")
    report = inspect_splits({"train": split})
    (fault,) = report.splits["train"].unusable
    assert fault.file == str(tmp_path / "images/train/0.jpg")
    assert fault.reason.startswith(
        f"its labels {tmp_path / 'labels/train/0.txt'}, line 3: {reason}"
    )
    assert len(usable(split, report, "skip")) == 1


def test_further_bad_lines_are_counted(tmp_path):
    write(tmp_path, "0\n1\n2\n")
    fault = open_detection(str(tmp_path), "train").fault(0)
    assert fault is not None
    assert fault.endswith("3 or more points; 2 more of its lines cannot be used")


def test_forms_of_text(tmp_path):
    write(tmp_path, "")
    file = tmp_path / "labels/train/0.txt"
    file.write_bytes(b"\xef\xbb\xbf0.0\t0.5  0.5 0.2 4e-1 \r\n\r\n 1 1.005 0.5 0.2 0.4")
    split = open_detection(str(tmp_path), "train")
    assert split.labels(0) == [0, 1]
    file.rename(file.with_suffix(".TXT"))
    assert open_detection(str(tmp_path), "train").labels(0) == [0, 1]


def test_numbers_of_classes_may_have_gaps(tmp_path):
    texts = ("7 0.5 0.5 0.1 0.1", "1 0.5 0.5 0.1 0.1")
    write(tmp_path, *texts, yaml="names: {0: cat, 7: dog}\ntrain: images/train\n")
    split = open_detection(str(tmp_path), "train")
    assert split.labels(0) == [1]
    assert str(split.fault(1)).endswith("line 1: class 1, but the 2 classes are 0, 7")


def test_unreadable_label_files_are_faults(tmp_path):
    write(tmp_path, "", BOX)
    file = tmp_path / "labels/train/0.txt"
    file.write_bytes(b"0 0.5\n\xe4")
    fault = open_detection(str(tmp_path), "train").fault(0)
    assert fault is not None
    assert fault.startswith(f"its labels {file}: not UTF-8: see line 2")
    file.unlink()
    file.mkdir()
    assert open_detection(str(tmp_path), "train").fault(0) == (f"its labels {file}: Is a directory")


def test_repeated_lines_are_left_out_with_a_warning(tmp_path):
    write(tmp_path, f"{BOX}\n{TRIANGLE}\n{BOX}\n")
    split = open_detection(str(tmp_path), "train")
    assert split.labels(0) == [0, 1]
    (warning,) = inspect_splits({"train": split}).splits["train"].warnings
    assert warning.reason == "line 3 of 0.txt repeats line 1: left out"


@pytest.mark.parametrize(
    ("folder", "labels"),
    [
        ("train/images", "train/labels"),
        ("Images/train", "Labels/train"),
        ("train", "train"),
        ("images/train/images", "images/train/labels"),
    ],
)
def test_places_of_labels(tmp_path, folder, labels):
    write(tmp_path, yaml=f"names: [a]\ntrain: {folder}\n")
    image(tmp_path / folder / "a.b.jpg", tmp_path / labels / "a.b.txt", BOX)
    split = open_detection(str(tmp_path), "train")
    assert split.labels(0) == [0]
    assert not [note for note in split.notes if "label" in note]
