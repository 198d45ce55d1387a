import os
from pathlib import Path

import pytest

from cyclemlp.data.layouts.finding import LAYOUTS, open_classification, open_segmentation
from cyclemlp.data.layouts.hints import hint
from cyclemlp.data.layouts.recognizing import recognized, require_data

from .mask_data import save_picture


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            ["mine/train/cat/a.jpg", "mine/val/cat/b.jpg"],
            "mine looks like class folders: give",
        ),
        (
            ["images/cat/a.jpg", "images/dog/a.jpg"],
            "images looks like class folders without",
        ),
        (["cat/a.jpg"], "one folder of images, 'cat', is one class: classification needs at least"),
        (["a/b/cat/a.jpg", "a/b/dog/b.jpg"], "a/b looks like class folders without splits: give"),
        (["images/a.jpg", "all.json"], r"'all\.json': not in COCO's format .* nor in LabelMe's"),
        (["a.jpg"], "images alone have no classes: put them into a folder for each class"),
        (["train/a.jpg", "val/b.jpg"], "images alone have no classes: .*train/cat, or add"),
        (["train/a.jpg", "train.csv"], r"a list of classes is called labels\.csv .* 'train\.csv'"),
        (["data.zip"], r"extract 'data\.zip', and give the folder in it"),
    ],
)
def test_a_folder_without_a_layout_has_a_hint(tmp_path, files, sentence):
    for file in files:
        save_picture(tmp_path / file, format="JPEG")
    for open_it in (recognized, lambda data: open_segmentation(data, "train")):
        with pytest.raises(ValueError, match=f"found .*; .*{sentence}"):
            open_it(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "header", "sentence"),
    [
        ("_annotations.csv", "filename,width,xmin,ymin", "'train/_annotations.csv': boxes in a ta"),
        ("metadata.csv", "file_name,label", "labels.csv .* 'train/metadata.csv'"),
        ("_annotations.createml.json", "[]", "'train/_anno.*json': not in COCO's format"),
    ],
)
def test_files_beside_the_images_have_hints(tmp_path, name, header, sentence):
    save_picture(tmp_path / "train/a.jpg")
    (tmp_path / "train" / name).write_text(f"{header}\n")
    with pytest.raises(ValueError, match=sentence):
        recognized(str(tmp_path))


@pytest.mark.parametrize("place", ["images/train", "train/images", "images"])
def test_labels_without_names_of_the_classes_have_a_hint(tmp_path, place):
    save_picture(tmp_path / place / "a.jpg")
    labels = tmp_path / place.replace("images", "labels") / "a.txt"
    labels.parent.mkdir(parents=True)
    labels.write_text("0 0.5 0.5 0.25 0.25\n")
    sentence = (
        "labels in YOLO's format: write the names of the classes into .*classes.txt, one name"
    )
    with pytest.raises(ValueError, match=sentence):
        recognized(str(tmp_path))
    (tmp_path / "config").mkdir()
    (tmp_path / "config/data.yaml").write_text("train: ../images\nnames: [cat]\n")
    with pytest.raises(ValueError, match="config looks like YOLO: give this folder"):
        recognized(str(tmp_path))
    (tmp_path / "classes.txt").write_text("cat\n")
    assert recognized(str(tmp_path))[0].layout == "YOLO"


def test_the_own_format_of_cvat_has_a_hint(tmp_path):
    save_picture(tmp_path / "images/a.jpg")
    (tmp_path / "annotations.xml").write_text("<annotations><image/></annotations>")
    with pytest.raises(ValueError, match=r"'annotations\.xml': not in Pascal VOC's format; export"):
        recognized(str(tmp_path))


def test_an_archive_is_extracted_first(tmp_path):
    (tmp_path / "a.zip").write_text("")
    with pytest.raises(ValueError, match=r"a\.zip is a file; extract it, and give its folder; exp"):
        require_data(str(tmp_path / "a.zip"))


def test_a_folder_of_images_is_no_classification_data_set(tmp_path):
    save_picture(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="no split 'train'; expected ROOT/train/<class>"):
        open_classification(str(tmp_path), "train")


@pytest.fixture
def private(monkeypatch):
    """Make folders of the name ``private`` unreadable; permissions do not stop root."""

    def guarded(function):
        def listed(place):
            if Path(place).name == "private":
                raise PermissionError(13, "Permission denied", str(place))
            return function(place)

        return listed

    monkeypatch.setattr(Path, "iterdir", guarded(Path.iterdir))
    monkeypatch.setattr(os, "scandir", guarded(os.scandir))


def test_a_folder_that_must_not_be_read_is_named(tmp_path, private):
    for name in ("cat/a.jpg", "dog/a.jpg", "private/a.jpg"):
        save_picture(tmp_path / name)
    refusal = "private: no permission to read it; change its permissions$"
    with pytest.raises(ValueError, match=refusal):
        recognized(str(tmp_path))
    (tmp_path / "private").rename(tmp_path / "cat/private")
    with pytest.raises(ValueError, match=refusal):
        open_classification(str(tmp_path), "train")


def test_a_hint_passes_over_what_must_not_be_read(tmp_path, private):
    save_picture(tmp_path / "private/a.jpg")
    assert hint(tmp_path, LAYOUTS) == ""
    for name in ("train/cat", "val/cat"):
        save_picture(tmp_path / f"public/{name}/a.jpg")
    assert hint(tmp_path, LAYOUTS).endswith("public looks like class folders: give this folder")


def test_folders_of_the_system_are_no_classes(tmp_path):
    for name in ("cat/a.jpg", "dog/a.jpg", "lost+found/a.jpg", "@eaDir/a.jpg"):
        save_picture(tmp_path / name)
    (tmp_path / "bird").mkdir()
    split = open_classification(str(tmp_path), "train")
    assert split.classes == ("bird", "cat", "dog")
    assert split.notes == ("folders without files are classes, too: 'bird'",)


def test_a_folder_is_no_file_of_annotations(tmp_path):
    for name in ("cat/a.jpg", "dog/a.jpg"):
        save_picture(tmp_path / name)
    for name in ("labels.csv", "data.yaml", "instances_train.json", "cat/_annotations.coco.json"):
        (tmp_path / name).mkdir()
    assert recognized(str(tmp_path))[0].layout == "class folders without splits"
