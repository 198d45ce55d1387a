import pytest

from cyclemlp.data.layouts.finding import open_classification, open_segmentation
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


def test_an_archive_is_extracted_first(tmp_path):
    (tmp_path / "a.zip").write_text("")
    with pytest.raises(ValueError, match=r"a\.zip is a file; extract it, and give its folder; exp"):
        require_data(str(tmp_path / "a.zip"))


def test_a_folder_of_images_is_no_classification_data_set(tmp_path):
    save_picture(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="no split 'train'; expected ROOT/train/<class>"):
        open_classification(str(tmp_path), "train")
