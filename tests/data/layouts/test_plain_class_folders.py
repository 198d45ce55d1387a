from pathlib import Path

import pytest

from cyclemlp.data.layouts.finding import open_classification, open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from ..conftest import picture


@pytest.fixture
def plain(tmp_path):
    """ROOT/{cat,dog}/*: 10 and 5 images, one of each in a sub-folder."""
    for name, count in (("cat", 10), ("dog", 5)):
        (tmp_path / name / "more").mkdir(parents=True)
        for number in range(count):
            folder = tmp_path / name / ("more" if number == 0 else "")
            picture((8, 6), number).save(folder / f"{number}.JPG", "JPEG")
    return tmp_path


def test_all_images_are_for_training(plain):
    (plain / "README.md").write_text("about")
    split = open_classification(str(plain), "train")
    assert split.classes == ("cat", "dog")
    assert [split[i].target for i in (0, 9, 10, 14)] == [0, 0, 1, 1]
    assert (split.strays, split.ignored) == ((), 1)
    picture().save(plain / "lost.png")
    assert [fault.reason for fault in open_classification(str(plain), "train").strays] == [
        "not in a class folder"
    ]


def test_another_split_is_refused_with_what_to_do(plain):
    with pytest.raises(
        ValueError, match=r"all images are for training and there is no split 'val'; set a val_f"
    ):
        open_classification(str(plain), "val")
    with pytest.raises(ValueError, match="looks like class folders without splits: --task class"):
        open_segmentation(str(plain), "train")


def test_a_fraction_divides_them_by_class(plain):
    (plain / "cat/bad.jpg").write_bytes(b"")
    picture().save(plain / "lost.png")
    train, val = (open_classification(str(plain), s, val_fraction=0.2) for s in ("train", "val"))
    whole = open_classification(str(plain), "train")
    files = [{s.source(i) for i in range(len(s))} for s in (train, val, whole)]
    assert not files[0] & files[1]
    assert files[0] | files[1] == files[2]
    assert (train.name, val.name) == ("train", "val")
    assert train.notes[-1] == "3 of 16 training images are for validation, by a hash of their names"
    assert (len(train.strays), len(val.strays)) == (1, 0)
    report = inspect_splits({"train": train, "val": val})
    assert report.problems == ()
    unusable = [*report.splits["train"].unusable, *report.splits["val"].unusable]
    assert {Path(fault.file).name for fault in unusable} == {"bad.jpg", "lost.png"}
    assert report.splits["val"].counts["dog"] == 1


def test_the_division_does_not_depend_on_the_place(plain, tmp_path_factory, monkeypatch):
    def names(data: str) -> list[str]:
        split = open_classification(data, "val", val_fraction=0.3)
        return [Path(split.source(i)).name for i in range(len(split))]

    before = names(f"{plain}/")
    moved = plain.rename(tmp_path_factory.mktemp("other") / "moved")
    assert names(str(moved)) == before
    monkeypatch.chdir(moved)
    assert names(".") == before


def test_a_fraction_divides_the_training_split_of_other_layouts(folders):
    (folders / "val").rename(folders / "test")
    train, val, test = (
        open_classification(str(folders), name, val_fraction=0.25)
        for name in ("train", "val", "test")
    )
    assert (len(train), len(val), len(test)) == (9, 3, 4)
    with pytest.raises(ValueError, match=r"between 0 and 1, such as 0\.2, got 20"):
        open_classification(str(folders), "val", val_fraction=20)


def test_capital_letters_in_the_names_of_splits(folders):
    (folders / "train").rename(folders / "Train")
    (folders / "val").rename(folders / "Validation")
    assert len(open_classification(str(folders), "train")) == 12
    assert open_classification(str(folders), "val").notes == (
        "split 'val' is read from 'Validation'",
    )
