import shutil

import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits

from .voc_data import entry


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("my photo 1", "my photo 1"),
        ("my photo 1  1", "my photo 1"),
        ("my photo  -1", "my photo"),
        ('"my photo"', "my photo"),
        ("e.jpg", "e"),
        ("e.v2 0", "e.v2"),
        ("deep/e", "deep/e"),
        ("ünïcode 图", "ünïcode 图"),
    ],
)
def test_the_name_in_a_line(voc, line, name):
    entry(voc, name)
    (voc / "ImageSets/Main/train.txt").write_text(f"{line}\r\n\r\na\n", encoding="utf-8-sig")
    (voc / f"JPEGImages/{name}.xml").write_text("as LabelImg puts it")
    split = open_detection(str(voc), "train")
    assert [split.source(i) for i in (0, 1)] == [
        str(voc / f"JPEGImages/{file}") for file in (f"{name}.JPG", "a.jpg")
    ]
    assert inspect_splits({"train": split}).ok


def test_repeated_names_are_noted(voc):
    (voc / "ImageSets/Main/train.txt").write_text("a 1\nb -1\na\n")
    split = open_detection(str(voc), "train")
    assert len(split) == 2
    assert split.notes[0] == "1 lines of train.txt repeat a name: each counts once"


def test_trainval_is_used_for_training_without_train_and_val(voc):
    lists = voc / "ImageSets/Main"
    (lists / "train.txt").rename(lists / "trainval.txt")
    with pytest.raises(ValueError, match="no split 'train'; it has 'trainval', 'val'; add it"):
        open_detection(str(voc), "train")
    (lists / "val.txt").rename(lists / "test.txt")
    train, val = (open_detection(str(voc), name) for name in ("train", "val"))
    assert train.notes[0] == "split 'train' is read from 'trainval'"
    assert val.notes[0] == "split 'val' is read from 'test'"
    assert (len(train), len(val)) == (3, 1)


def test_unusable_lists_are_refused(voc):
    file = voc / "ImageSets/Main/train.txt"
    for content, complaint in (
        (b"\n", "it lists no images; expected one image name per line"),
        (b"a\n../../secret\n", r"'\.\./\.\./secret' is not the name of an image in JPEGImages"),
        (b"/secret\n", "'/secret' is not the name of an image in JPEGImages"),
        ("ä".encode("latin-1"), "not UTF-8: .*; save it as UTF-8"),
    ):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=rf"train\.txt: {complaint}"):
            open_detection(str(voc), "train")


def test_lists_in_image_sets_itself_and_suffixes_in_upper_case(voc):
    for file in (voc / "ImageSets/Main").iterdir():
        file.rename(voc / "ImageSets" / file.name)
    (voc / "ImageSets/Main").rmdir()
    for file in list((voc / "Annotations").iterdir()):
        file.rename(file.with_suffix(".XML"))
    assert [len(open_detection(str(voc), name)) for name in ("train", "val")] == [3, 1]
    assert open_detection(str(voc), "val").labels(0) == [2]


@pytest.mark.parametrize("remove", ["lists", "folders"])
def test_all_annotated_images_are_for_training_without_lists(voc, remove):
    shutil.rmtree(voc / ("ImageSets/Main" if remove == "lists" else "ImageSets"))
    train = open_detection(str(voc), "train")
    assert len(train) == len(list((voc / "Annotations").glob("*.xml")))
    assert "there are no lists of images" in train.notes[0]
    with pytest.raises(ValueError, match=r"write ImageSets/Main/train\.txt and val\.txt"):
        open_detection(str(voc), "val")
    for file in (voc / "Annotations").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match=r"Annotations has no \.xml files"):
        open_detection(str(voc), "train")
