import pytest

from cyclemlp.data.layouts.finding import open_classification, open_segmentation

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
        ValueError,
        match=r"all images are for training and there is no split 'val'; .* --val",
    ):
        open_classification(str(plain), "val")
    with pytest.raises(ValueError, match="looks like class folders without splits: --task class"):
        open_segmentation(str(plain), "train")


def test_capital_letters_in_the_names_of_splits(folders):
    (folders / "train").rename(folders / "Train")
    (folders / "val").rename(folders / "Validation")
    assert len(open_classification(str(folders), "train")) == 12
    assert open_classification(str(folders), "val").notes == (
        "split 'val' is read from 'Validation'",
    )
