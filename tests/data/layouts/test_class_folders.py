import pickle

import pytest

from cyclemlp.data.layouts.finding import open_classification


def test_class_folders(folders):
    split = open_classification(str(folders), "train")
    assert split.classes == ("cat", "dog")
    assert len(split) == 12
    assert [split[i].target for i in (0, 6, 7, 11)] == [0, 0, 1, 1]
    assert split.source(7) == str(folders / "train/dog/0.png")
    assert split[7].image.size == (24, 20)
    assert pickle.loads(pickle.dumps(split)).source(11) == split.source(11)  # noqa: S301


def test_labels_follow_the_given_classes(folders):
    split = open_classification(str(folders), "val", ("dog", "bird", "cat"))
    assert split.classes == ("dog", "bird", "cat")
    assert [split[i].target for i in range(4)] == [2, 2, 0, 0]


def test_an_unknown_class_is_named(folders):
    with pytest.raises(ValueError, match=r"unknown classes: 'cat'; the classes are 'dog', 'bird'"):
        open_classification(str(folders), "val", ("dog", "bird"))


def test_errors_say_what_was_found_and_expected(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"--data /nowhere: no such folder; expected ROOT/"):
        open_classification("/nowhere", "train")
    with pytest.raises(ValueError, match=r"no split 'test'; .* found the folders 'train', 'val'"):
        open_classification(str(folders), "test")
    (folders / "cat").mkdir()
    (folders / "train").rename(tmp_path / "train")
    with pytest.raises(ValueError, match=r"no split 'train'; expected .* the folders 'cat', 'val'"):
        open_classification(str(folders), "train")
    (tmp_path / "train").rename(folders / "train")
    with pytest.raises(ValueError, match="is a file"):
        open_classification(str(folders / "train/cat/0.png"), "train")
    (tmp_path / "flat/train").mkdir(parents=True)
    with pytest.raises(ValueError, match="train has no class folders"):
        open_classification(str(tmp_path / "flat"), "train")
    (tmp_path / "flat/train/cat").mkdir()
    with pytest.raises(ValueError, match="has no images"):
        open_classification(str(tmp_path / "flat"), "train")


def test_a_split_is_a_name_and_not_a_path(folders):
    with pytest.raises(ValueError, match=r"no split '\.\./pets/train'"):
        open_classification(str(folders), "../pets/train")
