import pytest
import torch

from cyclemlp.data.layouts.finding import open_classification, open_detection
from cyclemlp.data.report.inspecting import inspect_splits

from ..conftest import picture
from .labelme_data import CIRCLE, POLYGON, RECTANGLE, annotate, shape


def part(split):
    return inspect_splits({"train": split}).splits["train"]


def test_boxes_and_masks(tmp_path):
    rectangle, circle = shape("dog", RECTANGLE, "rectangle"), shape("ant", CIRCLE, "circle")
    annotate(tmp_path / "train/a.jpg", rectangle, shape("cat", kind=None), circle)
    annotate(tmp_path / "train/b c.PNG")
    annotate(tmp_path / "val/d.jpg", shape("cat"))
    split = open_detection(str(tmp_path), "train", masks=True)
    assert split.classes == ("ant", "cat", "dog")
    target = split[0].target
    assert target["labels"].tolist() == [2, 1, 0]
    assert target["boxes"].tolist() == [[4, 5, 14, 11], [20, 2, 26, 8], [5, 5, 15, 15]]
    expected = torch.zeros(2, 20, 30, dtype=torch.uint8)
    expected[0, 5:11, 4:14] = 1
    expected[1, 2:8, 20:26] = 1
    assert torch.equal(target["masks"][:2], expected)
    rows, columns = torch.meshgrid(torch.arange(20), torch.arange(30), indexing="ij")
    distance = ((rows + 0.5 - 10) ** 2 + (columns + 0.5 - 10) ** 2).sqrt()
    disk = target["masks"][2].bool()
    assert disk[distance < 4.5].all()
    assert not disk[distance > 5.5].any()
    assert split[1].target["boxes"].shape == (0, 4)
    report = inspect_splits({"train": split, "val": open_detection(str(tmp_path), "val")})
    assert report.ok
    assert report.splits["val"].counts == {"ant": 0, "cat": 1, "dog": 0}


def test_images_and_files_in_two_folders_are_for_training(tmp_path):
    annotate(tmp_path / "images/a.jpg", shape("cat"), image="../images/a.jpg")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "images/a.json").rename(tmp_path / "annotations/a.json")
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / "images/a.jpg")
    with pytest.raises(ValueError, match=r"no split 'val'.* --val-fraction"):
        open_detection(str(tmp_path), "val")


def test_shapes_of_a_group_are_one_object(tmp_path):
    parts = [shape("cat", group_id=1), shape("cat", RECTANGLE, "rectangle", group_id=1)]
    annotate(tmp_path / "train/a.jpg", *parts, shape("dog", group_id=1))
    target = open_detection(str(tmp_path), "train", masks=True)[0].target
    assert target["boxes"].tolist() == [[4, 2, 26, 11], [20, 2, 26, 8]]
    assert target["masks"].flatten(1).sum(1).tolist() == [96, 36]


def test_shapes_that_are_left_out_are_named(tmp_path):
    annotate(
        tmp_path / "train/a.jpg",
        shape("cat"),
        shape("cat", [[1, 1]], "point"),
        shape("dog", POLYGON, "linestrip"),
        shape("cat", [[1, 1], [2, 2]]),
        shape("cat", [[1, 1], [1, 1]], "rectangle"),
        shape("__ignore__"),
    )
    split = open_detection(str(tmp_path), "train")
    assert split.classes == ("cat",)
    assert [warning.reason for warning in part(split).warnings] == [
        "shape 2 (cat) is a point, not a rectangle, polygon, circle or mask: left out",
        "shape 3 (dog) is a linestrip, not a rectangle, polygon, circle or mask: left out",
        "shape 4 (cat) is a polygon of 2 points: left out",
        "shape 5 (cat) is a rectangle without area: left out",
        "shape 6 (__ignore__): left out",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON: Expecting property name"),
        ("", "not JSON: Expecting value"),
        ("[]", "it has no list 'shapes', so LabelMe did not write it"),
        ('{"shapes": [3]}', "shape 1 has no label, got 3"),
        ('{"shapes": [{"label": " "}]}', "shape 1 has no label, got {'label': ' '}"),
        ('{"shapes": [{"label": "cat"}]}', "shape 1 (cat): points are pairs of numbers, got None"),
        (
            '{"shapes": [{"label": "cat", "points": [[1, NaN], [2, 2]]}]}',
            "shape 1 (cat): points are pairs of numbers, got [[1, nan], [2, 2]]",
        ),
        (
            '{"shapes": [], "imageWidth": "wide"}',
            "imageWidth and imageHeight are whole numbers, got ('wide', None)",
        ),
        (
            '{"shapes": [{"label": "cow", "points": [[1, 1], [9, 1], [9, 9]]}]}',
            "shape 1 (cow): the label is none of the classes 'cat'; correct it, or name it in",
        ),
    ],
)
def test_unusable_files_are_faults(tmp_path, content, reason):
    annotate(tmp_path / "train/a.jpg", shape("cat"))
    annotate(tmp_path / "val/b.jpg")
    annotate(tmp_path / "val/c.jpg", shape("cat"))
    (tmp_path / "val/b.json").write_text(content)
    (fault,) = part(open_detection(str(tmp_path), "val")).unusable
    assert fault.file == str(tmp_path / "val/b.jpg")
    assert fault.reason.startswith(f"its annotation {tmp_path / 'val/b.json'}: {reason}")


def test_files_and_images_that_do_not_match(tmp_path):
    train = tmp_path / "train"
    annotate(train / "a.jpg", shape("cat"))
    annotate(train / "gone.jpg", shape("cat"))
    (train / "gone.jpg").unlink()
    annotate(train / "same.jpg", shape("cat"), image="a.jpg")
    picture((30, 20)).save(train / "more.png")
    annotate(train / "size.jpg", shape("cat"), imageWidth=31)
    unusable = part(open_detection(str(tmp_path), "train")).unusable
    found = {fault.file: fault.reason for fault in unusable}
    assert found == {
        f"{train}/gone.json": (
            "it has imagePath 'gone.jpg', and no image of this name is beside it: put it there "
            "(the embedded one is not used)"
        ),
        f"{train}/a.jpg": (
            f"two files annotate it, {train}/a.json and {train}/same.json; remove one of them"
        ),
        f"{train}/size.jpg": (
            "its annotations are for an image of 31 × 20 pixels, but it has 30 × 20"
        ),
        f"{train}/more.png": "no JSON file annotates it; annotate it, or remove it",
        f"{train}/same.jpg": "no JSON file annotates it; annotate it, or remove it",
    }


@pytest.mark.parametrize(
    ("image", "stated"),
    [
        ("train/a.jpg", r"C:\pictures\a.jpg"),
        ("train/deep/a.jpg", "/home/me/a.jpg"),
        ("train/a.jpg", "other.jpg"),
        ("train/a.jpg", ""),
        ("train/images/b.jpg", r"..\images\b.jpg"),
    ],
)
def test_where_an_image_may_be(tmp_path, image, stated):
    annotate(tmp_path / image, shape("cat"), image=stated)
    if "images" in image:
        (tmp_path / "train/labels").mkdir()
        (tmp_path / image).with_suffix(".json").rename(tmp_path / "train/labels/b.json")
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / image)
    assert inspect_splits({"train": split}).ok


def test_a_folder_without_splits(tmp_path):
    annotate(tmp_path / "a.jpg", shape("cat"))
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / "a.jpg")
    assert f"split 'train' is read from {tmp_path}, which has no folders of splits" in split.notes
    with pytest.raises(ValueError, match=r"no split 'val'.* move them with their images to"):
        open_detection(str(tmp_path), "val")
    with pytest.raises(ValueError, match="looks like LabelMe: --task detect, instance or segment"):
        open_classification(str(tmp_path), "train")


def test_splits_have_other_names(tmp_path):
    annotate(tmp_path / "Training/a.jpg", shape("cat"))
    annotate(tmp_path / "valid/a.jpg", shape("cat"))
    assert open_detection(str(tmp_path), "train").source(0).endswith("Training/a.jpg")
    assert open_detection(str(tmp_path), "val").source(0).endswith("valid/a.jpg")
    with pytest.raises(ValueError, match="has no split 'test'; it has 'training', 'valid'"):
        open_detection(str(tmp_path), "test")


@pytest.mark.parametrize("kind", ["rotation", "oriented_rectangle", "quadrilateral"])
def test_turned_rectangles_are_polygons(tmp_path, kind):
    annotate(tmp_path / "train/a.jpg", shape("cat", [[10, 2], [18, 10], [14, 14], [6, 6]], kind))
    target = open_detection(str(tmp_path), "train", masks=True)[0].target
    assert target["boxes"].tolist() == [[6, 2, 18, 14]]
    assert 55 < target["masks"].sum() < 73


def test_joined_shapes_are_told(tmp_path):
    """Some programs write the same group_id to all shapes."""
    shapes = [shape("cat", group_id=0), shape("cat", RECTANGLE, "rectangle", group_id=0)]
    annotate(tmp_path / "train/a.jpg", *shapes, shape("cat"))
    split = open_detection(str(tmp_path), "train")
    assert split.notes[0].startswith("3 shapes are 2 objects: shapes of one label and group_id in")
    assert len(split[0].target["boxes"]) == 2


def test_points_are_pairs(tmp_path):
    annotate(tmp_path / "train/a.jpg", shape("cat", [[1, 2, 1], [9, 9, 1], [5, 9, 1], [1, 9, 1]]))
    annotate(tmp_path / "train/b.jpg", shape("cat"))
    (fault,) = part(open_detection(str(tmp_path), "train")).unusable
    assert "shape 1 (cat): points are pairs of numbers, got [[1, 2, 1], " in fault.reason


def test_labels_may_be_numbers(tmp_path):
    annotate(tmp_path / "train/a.jpg", shape("cat") | {"label": 3}, shape("dog"))
    assert open_detection(str(tmp_path), "train").classes == ("3", "dog")


def test_a_folder_of_shapes_that_are_left_out(tmp_path):
    annotate(tmp_path / "train/a.jpg", shape("cat", [[1, 1]], "point"))
    told = (
        r"no shapes with labels; shapes that were left out: '.*a\.json: shape 1 \(cat\) is a point"
    )
    with pytest.raises(ValueError, match=told):
        open_detection(str(tmp_path), "train")
