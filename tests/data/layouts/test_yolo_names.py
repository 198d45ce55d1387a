import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.recognizing import recognized

from .labelme_data import annotate, shape
from .yolo_data import BOX, TRIANGLE, image


@pytest.mark.parametrize(
    ("images", "labels", "names"),
    [
        ("images", "labels", "classes.txt"),  # Label Studio
        ("images/{}", "labels/{}", "labels/classes.txt"),
        ("{}/images", "{}/labels", "classes.txt"),
        ("{}", "{}", "obj.names"),
        ("{}", "{}", "train/_darknet.labels"),  # Roboflow
        (".", ".", "classes.txt"),  # LabelImg
    ],
)
def test_class_names_in_a_text_file(tmp_path, images, labels, names):
    splits = ("train", "val") if "{}" in images else ("train",)
    for split in splits:
        place = tmp_path / labels.format(split)
        image(tmp_path / images.format(split) / "a b.JPG", place / "a b.txt", f"{BOX}\n{TRIANGLE}")
    (tmp_path / names).write_text("cat\nbig dog\n\n")
    assert [found.layout for found in recognized(str(tmp_path))] == ["YOLO"]
    for split in splits:
        opened = open_detection(str(tmp_path), split)
        assert opened.classes == ("cat", "big dog")
        assert opened.labels(0) == [0, 1]
        assert len(opened) == 1
    if len(splits) == 1:
        with pytest.raises(ValueError, match=r"has no split 'val'.* --val-fraction"):
            open_detection(str(tmp_path), "val")


def test_cvat(tmp_path):
    image(tmp_path / "obj_train_data/a.jpg", tmp_path / "obj_train_data/a.txt", BOX)
    (tmp_path / "train.txt").write_text("data/obj_train_data/a.jpg\n")
    (tmp_path / "obj.names").write_text("cat\n")
    assert open_detection(str(tmp_path), "train").labels(0) == [0]


def test_a_file_without_names_is_refused(tmp_path):
    image(tmp_path / "a.jpg", tmp_path / "a.txt", BOX)
    (tmp_path / "classes.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"classes\.txt: empty; expected the name of a class"):
        open_detection(str(tmp_path), "train")


def test_names_of_other_layouts(tmp_path):
    annotate(tmp_path / "a.jpg", shape("cat"))
    (tmp_path / "classes.txt").write_text("cat\n")
    assert recognized(str(tmp_path))[0].layout == "LabelMe"
