import unicodedata

import pytest

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.layouts.finding import open_classification

from ...conftest import picture


def test_nested_files_hidden_files_and_strays(folders):
    train = folders / "train"
    (train / "cat/deep").mkdir()
    picture().save(train / "cat/deep/x.png")
    (train / ".cache").mkdir()
    for name in (".DS_Store", "cat/Thumbs.db", ".cache/a", ".cache/b"):
        (train / name).write_bytes(b"x")
    (train / "readme.txt").write_text("hello")
    split = open_classification(str(folders), "train")
    assert split.source(7) == str(train / "cat/deep/x.png")
    assert split[7].target == 0
    assert split.ignored == 4
    assert [(fault.file, fault.reason, fault.index) for fault in split.strays] == [
        (str(train / "readme.txt"), "not in a class folder", None)
    ]


def test_a_file_damaged_after_opening_is_named(folders):
    split = ClassFolder(folders / "train", "train")
    (folders / "train/cat/3.png").write_bytes(b"oops")
    with pytest.raises(ValueError, match=r"train/cat/3\.png: not an image of a known format"):
        split[3]


def test_names_in_decomposed_letters_are_the_same_classes(tmp_path):
    for name in ("käse", "müll"):
        decomposed = unicodedata.normalize("NFD", name)  # as macOS writes it
        for place in (f"train/{name}", f"val/{decomposed}"):
            folder = tmp_path / place
            folder.mkdir(parents=True)
            picture().save(folder / "0.png")
    train = open_classification(str(tmp_path), "train")
    val = open_classification(str(tmp_path), "val", train.classes)
    assert val.classes == train.classes == ("käse", "müll")
    assert sorted(val.labels(i)[0] for i in range(2)) == [0, 1]
