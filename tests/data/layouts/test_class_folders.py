import pickle
import shutil

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.layouts.finding import open_classification, open_detection, open_segmentation
from cyclemlp.data.subset import Subset

from ..conftest import picture


def test_class_folders(folders):
    split = open_classification(str(folders), "train")
    assert split.classes == ("cat", "dog")
    assert len(split) == 12
    assert [split[i].target for i in (0, 6, 7, 11)] == [0, 0, 1, 1]
    assert split.source(7) == str(folders / "train/dog/0.png")
    assert split[7].image.size == (24, 20)
    assert pickle.loads(pickle.dumps(split)).source(11) == split.source(11)  # noqa: S301


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


def test_labels_follow_the_given_classes(folders):
    split = open_classification(str(folders), "val", ("dog", "bird", "cat"))
    assert split.classes == ("dog", "bird", "cat")
    assert [split[i].target for i in range(4)] == [2, 2, 0, 0]


def test_an_unknown_class_is_named(folders):
    with pytest.raises(ValueError, match=r"unknown classes: 'cat'; the classes are 'dog', 'bird'"):
        open_classification(str(folders), "val", ("dog", "bird"))


@pytest.mark.parametrize("name", ["validation", "valid", "test"])
def test_val_may_have_another_name_and_it_is_said(folders, name):
    (folders / "val").rename(folders / name)
    split = open_classification(str(folders), "val")
    assert len(split) == 4
    assert split.name == "val"
    assert split.notes == (f"split 'val' is read from {name!r}",)


def test_validation_is_preferred_to_test_and_two_names_are_ambiguous(folders):
    shutil.copytree(folders / "val", folders / "test")
    (folders / "val").rename(folders / "valid")
    assert open_classification(str(folders), "val").notes == ("split 'val' is read from 'valid'",)
    shutil.copytree(folders / "test", folders / "validation")
    with pytest.raises(ValueError, match="no split 'val', but both 'validation' and 'valid'"):
        open_classification(str(folders), "val")


@pytest.mark.parametrize("opened", [open_classification, open_detection, open_segmentation])
def test_every_task_wants_a_folder(tmp_path, opened):
    with pytest.raises(FileNotFoundError, match=r"^--data /nowhere: no such folder; expected ROOT"):
        opened("/nowhere", "train")
    file = tmp_path / "notes.txt"
    file.touch()
    with pytest.raises(ValueError, match=rf"^--data {file} is a file; expected ROOT"):
        opened(str(file), "train")


def test_errors_say_what_was_found_and_expected(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"--data /nowhere: no such folder; expected ROOT/"):
        open_classification("/nowhere", "train")
    with pytest.raises(ValueError, match=r"no split 'test'; .* found the folders 'train', 'val'"):
        open_classification(str(folders), "test")
    with pytest.raises(ValueError, match=r"expected ROOT/train/<class>.* folders 'cat', 'dog'"):
        open_classification(str(folders / "train"), "train")
    with pytest.raises(ValueError, match="is a file"):
        open_classification(str(folders / "train/cat/0.png"), "train")
    (tmp_path / "flat/train").mkdir(parents=True)
    with pytest.raises(ValueError, match="train has no class folders"):
        open_classification(str(tmp_path / "flat"), "train")
    (tmp_path / "flat/train/cat").mkdir()
    with pytest.raises(ValueError, match="no images at all"):
        open_classification(str(tmp_path / "flat"), "train")


def test_a_split_is_a_name_and_no_path(folders):
    with pytest.raises(ValueError, match=r"no split '\.\./pets/train'"):
        open_classification(str(folders), "../pets/train")


def test_a_file_that_went_bad_later_is_named(folders):
    split = ClassFolder(folders / "train", "train")
    (folders / "train/cat/3.png").write_bytes(b"oops")
    with pytest.raises(ValueError, match=r"train/cat/3\.png: not an image of a known format"):
        split[3]


def test_a_subset_keeps_order_and_names(folders):
    split = ClassFolder(folders / "train", "train")
    part = Subset(split, [9, 2])
    assert [part.source(i) for i in range(2)] == [split.source(9), split.source(2)]
    assert [list(part.labels(i)) for i in range(2)] == [[1], [0]]
    np.testing.assert_array_equal(
        np.asarray(part[1].image), np.asarray(Image.open(split.source(2)))
    )
