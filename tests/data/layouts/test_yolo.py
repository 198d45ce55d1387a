import pytest
import torch

from cyclemlp.data.layouts.finding import open_classification, open_detection, open_segmentation
from cyclemlp.data.layouts.recognizing import open_splits
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ..conftest import picture
from .yolo_data import BOX, TRIANGLE, YAML, image, write


def test_boxes(tmp_path):
    write(tmp_path, f"{BOX}\n1 0.1 0.1 0.1 0.1\n", "")
    write(tmp_path, BOX, split="val")
    image(tmp_path / "images/train/deep/c d.PNG", tmp_path / "labels/train/deep/c d.txt", BOX)
    train, val = (open_detection(str(tmp_path), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("cat", "dog")
    target = train[0].target
    torch.testing.assert_close(
        torch.Tensor(target["boxes"]), torch.tensor([[12.0, 6, 18, 14], [1.5, 1, 4.5, 3]])
    )
    assert target["labels"].tolist() == [0, 1]
    assert target["size"] == (20, 30)
    assert train[1].target["boxes"].shape == (0, 4)
    assert train.source(2) == str(tmp_path / "images/train/deep/c d.PNG")
    assert train.labels(2) == [0]
    assert inspect_splits({"train": train, "val": val}).ok
    assert train.notes == ("3 objects, 0 of them crowds or difficult", "1 images without objects")


def test_polygons(tmp_path):
    write(tmp_path, TRIANGLE)
    boxes = open_detection(str(tmp_path), "train")
    torch.testing.assert_close(
        torch.Tensor(boxes[0].target["boxes"]), torch.tensor([[3.0, 2, 15, 12]])
    )
    assert "1 objects are polygons with a bounding box" in boxes.notes
    target = open_detection(str(tmp_path), "train", masks=True)[0].target
    assert torch.equal(target["boxes"], boxes[0].target["boxes"])
    (mask,) = target["masks"]
    assert mask.sum() == pytest.approx(12 * 10 / 2, abs=6)
    assert mask[3, 13] == mask[10, 14] == 1
    assert mask[10, 5] == mask[3, 16] == 0  # left of the slope, and right of the triangle


def test_boxes_have_no_masks(tmp_path):
    write(tmp_path, BOX, "")
    with pytest.raises(
        ValueError,
        match=rf"^--data {tmp_path}: the labels of split 'train' are boxes, which have no masks; "
        "use --task detect$",
    ):
        open_detection(str(tmp_path), "train", masks=True)


def test_lines_of_both_kinds(tmp_path):
    write(tmp_path, f"{TRIANGLE}\n\n{BOX}\n", TRIANGLE)
    split = open_detection(str(tmp_path), "train")
    assert "1 objects are boxes, and 2 are polygons with a bounding box" in split.notes
    assert inspect_splits({"train": split}).ok
    split = open_detection(str(tmp_path), "train", masks=True)
    report = inspect_splits({"train": split})
    (fault,) = report.splits["train"].unusable
    labels = tmp_path / "labels/train/0.txt"
    assert fault.reason == (
        f"its labels {labels}, line 3 is a box, but --task instance needs polygons"
    )
    assert len(usable(split, report, "skip")) == 1


def test_boxes_drawn_backwards_are_put_in_order(tmp_path):
    write(tmp_path, "0 0.5 0.5 -0.2 -0.4\n1 0.5 0.5 0 0.4")
    split = open_detection(str(tmp_path), "train")
    torch.testing.assert_close(
        torch.Tensor(split[0].target["boxes"]), torch.tensor([[12.0, 6, 18, 14]])
    )
    assert "1 boxes are drawn from right to left or bottom to top: put in order" in split.notes
    (warning,) = inspect_splits({"train": split}).splits["train"].warnings
    assert warning.reason == (
        "line 2 of 0.txt (dog) has a box without area, values 1 0.5 0.5 0 0.4: left out"
    )


def test_images_without_labels_have_no_objects(tmp_path):
    write(tmp_path, BOX)
    image(tmp_path / "images/train/b.jpg")
    labels = tmp_path / "labels/train"
    (labels / "lost.txt").write_text(BOX)
    (labels / "classes.txt").write_text("cat\ndog\n")
    split = open_detection(str(tmp_path), "train")
    assert len(split) == 2
    assert split[1].target["labels"].tolist() == []
    assert (
        "1 of 2 images have no label file and count as images without objects, the first: b.jpg "
        f"(looked in {labels} or {tmp_path / 'images/train'})"
    ) in split.notes
    assert f"1 label files have no image: '{labels / 'lost.txt'}'" in split.notes


def test_a_split_without_any_label_is_a_problem(tmp_path):
    write(tmp_path, BOX)
    (tmp_path / "labels").rename(tmp_path / "annotations")
    split = open_detection(str(tmp_path), "train")
    (problem,) = inspect_splits({"train": split}).problems
    assert problem.startswith("none of the 1 usable images of split 'train'")


def test_images_of_the_same_name_share_their_labels(tmp_path):
    write(tmp_path, BOX)
    image(tmp_path / "images/train/0.png")
    split = open_detection(str(tmp_path), "train")
    assert [split.labels(index) for index in range(2)] == [[0], [0]]
    assert "1 images share their labels with another image of the same name" in split.notes


def test_labels_are_of_the_upright_image(tmp_path):
    write(tmp_path, BOX)
    exif = picture().getexif()
    exif[0x0112] = 6
    picture((30, 20)).save(tmp_path / "images/train/0.jpg", exif=exif)
    target = open_detection(str(tmp_path), "train")[0].target
    assert target["size"] == (30, 20)
    torch.testing.assert_close(torch.Tensor(target["boxes"]), torch.tensor([[8.0, 9, 12, 21]]))


def test_unusable_images_are_faults(tmp_path):
    write(tmp_path, BOX, BOX)
    (tmp_path / "images/train/1.jpg").write_bytes(b"")
    split = open_detection(str(tmp_path), "train")
    (fault,) = inspect_splits({"train": split}).splits["train"].unusable
    assert (fault.file, fault.reason) == (str(tmp_path / "images/train/1.jpg"), "empty file")


def test_the_order_of_classes(tmp_path):
    write(tmp_path, BOX, yaml=YAML.replace("dog", "dog, cat"))
    assert open_detection(str(tmp_path), "train").classes == ("cat", "dog")
    split = open_detection(str(tmp_path), "train", ("bird", "cat"))
    assert split.classes == ("bird", "cat")
    assert split.labels(0) == [1]
    with pytest.raises(ValueError, match=r"data\.yaml has unknown classes: 'cat'; the classes are"):
        open_detection(str(tmp_path), "train", ("bird",))


def test_other_tasks_are_refused(tmp_path):
    write(tmp_path, BOX)
    for opened in (open_segmentation, open_classification):
        with pytest.raises(ValueError, match="looks like YOLO: --task detect or instance"):
            opened(str(tmp_path), "train")


def test_the_description_is_found(tmp_path):
    write(tmp_path, BOX)
    (tmp_path / "data.yaml").rename(tmp_path / "Pets.YML")
    (tmp_path / "hyp.yaml").write_text("lr0: 0.01\ntrain: x\n")
    (tmp_path / "broken.yaml").write_text("[")
    assert len(open_detection(str(tmp_path), "train")) == 1
    (tmp_path / "other.yaml").write_text(YAML)
    with pytest.raises(ValueError, match=r"Pets\.YML and .*other\.yaml all describe a data set: "):
        open_detection(str(tmp_path), "train")
    (tmp_path / "other.yaml").rename(tmp_path / "data.yaml")
    assert len(open_detection(str(tmp_path), "train")) == 1


def test_key_points_are_left_out(tmp_path):
    line = f"{BOX} 0.4 0.5 2 0.6 0.5 1"
    write(tmp_path, line, BOX, yaml=f"{YAML}kpt_shape: [2, 3]\n")
    split = open_detection(str(tmp_path), "train")
    boxes = [split[i].target["boxes"].tolist() for i in range(2)]
    assert boxes[0] == boxes[1] == [[12.0, 6.0, 18.0, 14.0]]
    assert any("key points (kpt_shape): left out, boxes are used" in note for note in split.notes)


@pytest.mark.parametrize("labels", ["Labels", "labels"])
def test_capital_letters_in_names_of_folders(tmp_path, labels):
    image(tmp_path / "Images/train/0.JPG", tmp_path / labels / "train/0.txt", BOX)
    (tmp_path / "data.yaml").write_text(YAML.replace("images", "Images"))
    assert len(open_detection(str(tmp_path), "train")[0].target["boxes"]) == 1


def test_described_validation_images_that_are_not_there(tmp_path):
    """Roboflow describes all splits, also those that its user did not make."""
    write(tmp_path, BOX, BOX, BOX, yaml=f"{YAML}test: images/test\n")
    told = r"val: images/val: no such folder .* remove the line, or divide .* --val-fraction 0\.2"
    with pytest.raises(ValueError, match=told):
        open_detection(str(tmp_path), "val")
    splits, messages = open_splits(str(tmp_path), "detect", 0.3)
    assert {name: len(part) for name, part in splits.items()} == {"train": 2, "val": 1}
    assert "test: images/test: no such folder" in messages[0]
