"""The task that a data set's layout suggests, and the files that stand for a folder."""

import pytest

from cyclemlp.data.layouts.finding import open_classification, open_detection, open_segmentation
from cyclemlp.data.layouts.recognizing import found_task, recognized

from . import coco_data, yolo_data
from .labelme_data import annotate, shape
from .mask_data import grid, pair, save_picture


def test_the_task_is_that_of_the_layout(scenes, folders, tmp_path):
    pair(tmp_path / "masks", "train", "a", grid(1, 2))
    annotate(tmp_path / "labelme/train/a.jpg", shape("cat"))
    yolo = yolo_data.write(tmp_path / "yolo", yolo_data.BOX)
    coco = coco_data.write(tmp_path / "coco", [])
    found = {
        "segment": [tmp_path / "masks"],
        "classify": [folders, "hfds/cifar10"],
        "detect": [scenes, yolo, yolo / "data.yaml", coco, tmp_path / "labelme"],
    }
    for task, places in found.items():
        for place in places:
            assert found_task(str(place))[0] == task, place
    assert found_task(str(coco))[1] == (
        f"note: --task detect, from the layout of {coco}: COCO's format; choose another with "
        "--task instance or segment"
    )
    note = f"note: --task classify, from the layout of {folders}: class folders"
    assert found_task(str(folders))[1] == note


@pytest.mark.parametrize("train", ["train", "Train", "training"])
def test_class_folders_under_other_names_of_splits(tmp_path, train):
    for split in (train, "test"):
        save_picture(tmp_path / split / "cat/0.png")
        save_picture(tmp_path / split / "dog/0.png")
    assert found_task(str(tmp_path))[0] == "classify"
    assert len(open_classification(str(tmp_path), "val")) == 2


def _masks(root, val):
    for split in ("train", val):
        pair(root, split, "a", grid(1, 2))


def _camvid(root, val):
    for split in ("train", val):
        save_picture(root / split / "a.png", (2, 1))
        save_picture(root / f"{split}_labels/a.png", (2, 1))
    (root / "class_dict.csv").write_text("name,r,g,b\na,1,1,1\nb,2,2,2\n")


def _labelme(root, val):
    for split in ("train", val):
        annotate(root / split / "a.jpg", shape("cat"))


def _coco(root, val):
    for split in ("train", val):
        coco_data.write(root, [], split)


def _yolo(root, val):
    for split in ("train", val):
        text = f"names: [cat, dog]\ntrain: images/train\n{val}: images/{val}\n"
        yolo_data.write(root, yolo_data.BOX, split=split, yaml=text)


def _listed(root, val):
    save_picture(root / "a.png")
    save_picture(root / "b.png")
    (root / "labels.csv").write_text(f"image,label,split\na.png,x,train\nb.png,x,{val}\n")


@pytest.mark.parametrize("val", ["valid", "validation", "test"])
@pytest.mark.parametrize(
    ("write", "opened"),
    [
        (_masks, open_segmentation),
        (_camvid, open_segmentation),
        (_labelme, open_detection),
        (_coco, open_detection),
        (_yolo, open_detection),
        (_listed, open_classification),
    ],
)
def test_other_names_of_val_in_every_layout(tmp_path, write, opened, val):
    write(tmp_path, val)
    assert f"split 'val' is read from {val!r}" in opened(str(tmp_path), "val").notes


def test_folders_of_images_and_labels_are_no_classes(tmp_path):
    yolo_data.image(tmp_path / "train/images/0.jpg", tmp_path / "train/labels/0.txt", "0 1 1 1 1")
    with pytest.raises(ValueError, match=r"train has the folders 'images', 'labels', .* classes"):
        open_classification(str(tmp_path), "train")
    with pytest.raises(ValueError, match=r"none of the known layouts: .* YOLO's format: write the"):
        recognized(str(tmp_path))
    (tmp_path / "data.yaml").write_text("names: [cat]\ntrain: train/images\n")
    with pytest.raises(ValueError, match="which looks like YOLO: --task detect or instance"):
        open_classification(str(tmp_path), "train")
    save_picture(tmp_path / "train/other/0.png")  # now they may be classes
    (tmp_path / "data.yaml").unlink()
    assert len(open_classification(str(tmp_path), "train").classes) == 3


def test_a_description_stands_for_its_folder(tmp_path):
    data = yolo_data.write(tmp_path, yolo_data.BOX) / "data.yaml"
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text(data.read_text().replace("cat", name))
    assert open_detection(str(data), "train").classes == ("cat", "dog")
    assert open_detection(str(tmp_path / "b.yml"), "train").classes == ("b.yml", "dog")
    with pytest.raises(ValueError, match=r"data\.yaml is not a classification .* YOLO: --task det"):
        open_classification(str(data), "train")
    data.write_text("lr: 3")
    with pytest.raises(ValueError, match=r"data\.yaml: names is a list of class names"):
        open_detection(str(data), "train")


def test_a_folder_that_must_not_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # the superuser may read everything
    with pytest.raises(ValueError, match=f"^--data {tmp_path}: no permission to read it"):
        recognized(str(tmp_path))
    with pytest.raises(ValueError, match=f"^{tmp_path}: no permission"):
        recognized(str(tmp_path), flag="")
