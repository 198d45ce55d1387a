import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.ops import masks_to_boxes

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ..conftest import picture

RUNS = {"size": [20, 30], "counts": [20 * 4 + 5, 6, 14, 6, 494 - 5]}  # columns 4, 5; rows 5 to 10
PACKED = {"size": [20, 30], "counts": "e26>0k>"}  # the same, as pycocotools writes it
POLYGON = [[4.0, 5.0, 14.0, 5.0, 14.0, 11.0, 4.0, 11.0]]

RUNS_REFUSED = (
    "annotation 1 (cat): its run lengths cannot be read: they are text or whole numbers from 0 on"
)


def box(number: int, image: int, category: int, *bbox: float, **more: Any) -> dict[str, Any]:
    content = {"id": number, "image_id": image, "category_id": category, "bbox": list(bbox)}
    return content | {"segmentation": POLYGON, "area": 50, "iscrowd": 0} | more


def write(root: Path, annotations, split: str = "train", images=3, **more: Any) -> Path:
    (root / "images" / split).mkdir(parents=True, exist_ok=True)
    listed = []
    for number in range(images):
        name = f"{number}.jpg"
        picture((30, 20), number).save(root / "images" / split / name)
        listed.append({"id": 10 * number, "file_name": name, "width": 30, "height": 20})
    content = {
        "images": listed,
        "annotations": annotations,
        "categories": [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}],
    }
    (root / f"instances_{split}.json").write_text(json.dumps(content | more))
    return root


def test_a_target(tmp_path):
    write(tmp_path, [box(1, 10, 7, 4, 5, 10, 6), box(2, 10, 3, 0, 0, 2, 3, area=None, iscrowd=1)])
    split = open_detection(str(tmp_path), "train")
    assert split.classes == ("cat", "dog")
    assert split.category_ids == (3, 7)
    target = split[1].target
    assert target["boxes"].tolist() == [[4, 5, 14, 11], [0, 0, 2, 3]]
    assert target["boxes"].dtype == torch.float32
    assert target["boxes"].canvas_size == target["size"] == (20, 30)
    assert target["labels"].tolist() == [1, 0]
    assert target["iscrowd"].tolist() == [0, 1]
    assert target["area"].tolist() == [50, 6]
    assert target["image_id"] == 10
    assert "masks" not in target
    assert split[0].target["boxes"].shape == (0, 4)
    assert "2 pictures without objects" in split.notes
    assert inspect_splits({"train": split}).splits["train"].counts == {"cat": 0, "dog": 1}


def test_crowds_alone_are_nothing_to_learn(tmp_path):
    write(tmp_path, [box(1, 10, 7, 4, 5, 10, 6, iscrowd=1)])
    split = open_detection(str(tmp_path), "train")
    assert split.labels(1) == [1]
    (problem,) = inspect_splits({"train": split}).problems
    assert problem.startswith("none of the 3 usable images of split 'train'")


@pytest.mark.parametrize("shape", [POLYGON, RUNS, PACKED])
def test_masks(tmp_path, shape):
    write(tmp_path, [box(1, 0, 3, 4, 5, 10, 6, segmentation=shape)])
    split = open_detection(str(tmp_path), "train", masks=True)
    masks = split[0].target["masks"]
    assert masks.shape == (1, 20, 30)
    width = 10 if shape is POLYGON else 2
    expected = torch.zeros(20, 30, dtype=torch.uint8)
    expected[5:11, 4 : 4 + width] = 1
    assert torch.equal(masks[0], expected)
    assert split[1].target["masks"].shape == (0, 20, 30)


def test_useless_boxes_are_told_and_left_out(tmp_path):
    boxes = [(4, 5, 0, 6), (4, 5, -3, 6), (40, 5, 3, 6), (25, 15, 20, 20), (28.5, 0, 2, 5)]
    write(tmp_path, [box(i, 0, 3, *values) for i, values in enumerate(boxes)])
    split = open_detection(str(tmp_path), "train")
    assert split[0].target["boxes"].tolist() == [[25, 15, 30, 20], [28.5, 0, 30, 5]]
    report = inspect_splits({"train": split})
    assert report.ok
    assert usable(split, report, "stop") is split
    told = [warning.reason for warning in report.splits["train"].warnings]
    assert told == [
        "annotation 0 (cat) has a box without area, [4.0, 5.0, 4.0, 11.0] "
        "(left, top, right, bottom): left out",
        "annotation 1 (cat) has a box without area, [4.0, 5.0, 1.0, 11.0] "
        "(left, top, right, bottom): left out",
        "annotation 2 (cat) lies outside the 30 × 20 picture, [40.0, 5.0, 43.0, 11.0] "
        "(left, top, right, bottom): left out",
    ]
    assert "1 boxes reach beyond their picture and are cut at its edge" in split.notes


@pytest.mark.parametrize("slivers", [[[1, 2, 3, 4]], [[1, 2], [], [1, 2, 3, 4]]])
def test_slivers_beside_a_polygon_are_told_and_left_out(tmp_path, slivers):
    shapes = [POLYGON, [slivers[0], *POLYGON, *slivers[1:]]]
    write(tmp_path, [box(i, 0, 3, 4, 5, 10, 6, segmentation=s) for i, s in enumerate(shapes)])
    split = open_detection(str(tmp_path), "train", masks=True)
    plain, cleaned = split[0].target["masks"]
    assert torch.equal(plain, cleaned)
    part = inspect_splits({"train": split}).splits["train"]
    assert not part.unusable
    assert [warning.reason for warning in part.warnings] == [
        f"annotation 1 (cat) has {len(slivers)} polygons of fewer than 3 points: left out"
    ]


def test_boxes_as_shares_of_the_picture_are_told(tmp_path):
    write(tmp_path, [box(1, 0, 3, 0.1, 0.1, 0.5, 0.5), box(2, 0, 3, 1, 1, 5, 5)])
    note = "1 boxes are less than a pixel wide or high; coordinates count pixels"
    assert note in open_detection(str(tmp_path), "train").notes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category_id": 5}, "annotation 1 has the category_id 5; there are 3, 7 …"),
        ({"bbox": [1, 2, 3]}, "annotation 1: bbox is 4 numbers and area one, got [1, 2, 3]"),
        ({"bbox": [10**400, 2, 3, 4]}, "annotation 1: bbox is 4 numbers and area one, got [1000"),
        ({"segmentation": None}, "annotation 1 (cat): it has neither polygons nor run lengths"),
        (
            {"segmentation": [[1, 2, 3, 4]]},
            "annotation 1 (cat): its polygons are not lists of 3 or more points",
        ),
        (
            {"segmentation": [[1, 2, 3, 4], []]},
            "annotation 1 (cat): its polygons are not lists of 3 or more points",
        ),
        (
            {"segmentation": [*POLYGON, [1, 2, 3, 4, 5]]},
            "annotation 1 (cat): its polygons are not lists of 3 or more points",
        ),
        (
            {"segmentation": {"size": [20, 31], "counts": [620]}},
            "annotation 1 (cat): its mask has the size [20, 31], the picture [20, 30]",
        ),
        (
            {"segmentation": {"size": [20, 30], "counts": [5, 5]}},
            "annotation 1 (cat): its run lengths cannot be read",
        ),
        *(
            ({"segmentation": {"size": [20, 30], "counts": counts}}, RUNS_REFUSED)
            for counts in (None, [-5, 605], [0.5, 599.5])
        ),
        (
            {"segmentation": [[1, 2, 3, 1e9, 5, 6]]},
            "annotation 1 (cat): a polygon's point lies 1e+09 pixels away",
        ),
        (
            {"segmentation": []},
            "annotation 1 (cat): it has neither polygons nor run lengths; --task",
        ),
        (
            {"segmentation": {"size": 3, "counts": []}},
            "annotation 1 (cat): its mask has the size 3",
        ),
        (
            {"segmentation": {"size": [20, 30], "counts": "garbage"}},
            "annotation 1 (cat): its run lengths cannot be read",
        ),
    ],
)
def test_annotations_that_cannot_be_used(tmp_path, change, reason):
    write(tmp_path, [box(1, 10, 3, 4, 5, 10, 6) | change, box(2, 0, 3, 4, 5, 10, 6)])
    split = open_detection(str(tmp_path), "train", masks=True)
    report = inspect_splits({"train": split})
    (fault,) = report.splits["train"].unusable
    assert fault.file == str(tmp_path / "images/train/1.jpg")
    assert fault.reason.startswith(reason)
    assert len(usable(split, report, "skip")) == 2


def test_pictures_missing_unlisted_and_of_another_size(tmp_path):
    write(tmp_path, [box(1, 99, 3, 1, 1, 2, 2), box(1, 0, 3, 1, 1, 2, 2)])
    folder = tmp_path / "images/train"
    (folder / "0.jpg").unlink()
    picture((20, 20)).save(folder / "1.jpg")
    picture().save(folder / "more.png")
    split = open_detection(str(tmp_path), "train")
    part = inspect_splits({"train": split}).splits["train"]
    assert [(Path(f.file).name, f.reason) for f in part.unusable] == [
        ("0.jpg", "no such file"),
        (
            "1.jpg",
            "its annotations are of a picture of 30 × 20 pixels, and it has 20 × 20",
        ),
    ]
    assert (
        "1 annotations are of pictures that instances_train.json does not list: left out"
    ) in part.notes
    assert f"1 pictures in {folder} are not in instances_train.json: 'more.png'" in part.notes
    assert (
        "1 annotation ids of instances_train.json are used more than once: all are kept"
    ) in part.notes


def test_ids_that_say_two_things(tmp_path):
    twice = [{"id": 1, "file_name": "0.jpg"}, {"id": 1, "file_name": "1.jpg"}]
    write(tmp_path, [], images=2)
    edit(tmp_path, images=twice)
    with pytest.raises(ValueError, match=r"image id 1 is of two pictures, 0\.jpg and 1\.jpg"):
        open_detection(str(tmp_path), "train")
    edit(tmp_path, images=twice[:1] * 2)
    split = open_detection(str(tmp_path), "train")
    assert len(split) == 1
    assert "1 pictures of instances_train.json are listed more than once" in split.notes
    edit(tmp_path, categories=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}])
    with pytest.raises(ValueError, match="several categories have the id 1"):
        open_detection(str(tmp_path), "train")


def edit(root: Path, **content: Any) -> None:
    file = root / "instances_train.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | content))


@pytest.mark.parametrize(
    ("key", "change", "complaint"),
    [
        ("images", {"id": "a"}, r"images\[0\]: 'id' is a whole number, got 'a'"),
        ("images", {"file_name": None}, r"images\[0\]: 'file_name' is text, got None"),
        ("annotations", {"image_id": [0]}, r"annotations\[0\]: 'image_id' is a whole number"),
        ("annotations", {"category_id": ""}, r"annotations\[0\]: 'category_id' is a whole number"),
        ("annotations", {"image_id": 77}, r"not one of its 1 annotations.* 77, .* ids 0, 10, 20 …"),
        ("categories", {"id": None}, r"categories\[0\]: 'id' is a whole number, got None"),
        ("categories", {"name": " "}, r"categories\[0\]: 'name' is text, got ' '"),
    ],
)
def test_entries_of_another_kind(tmp_path, key, change, complaint):
    write(tmp_path, [box(1, 0, 7, 1, 1, 2, 2)])
    entries = json.loads((tmp_path / "instances_train.json").read_text())[key]
    edit(tmp_path, **{key: [entries[0] | change, *entries[1:]]})
    with pytest.raises(ValueError, match=rf"instances_train\.json: {complaint}"):
        open_detection(str(tmp_path), "train")


@pytest.mark.parametrize("kind", [float, str])
def test_numbers_as_tables_export_them(tmp_path, kind):
    ids = {"image_id": kind(10), "category_id": kind(7)}
    entry = box(1, 10, 7, 1, 1, 2, 2) | ids | {"iscrowd": "0"}
    write(tmp_path, [entry | {"bbox": ["1", "1", "2.5", "2"], "area": "5", "id": [1]}])
    images = [{"id": kind(10), "file_name": "0.jpg", "width": "30", "height": 20.0}]
    edit(tmp_path, images=images)
    target = open_detection(str(tmp_path), "train")[0].target
    assert target["boxes"].tolist() == [[1, 1, 3.5, 3]]
    assert target["iscrowd"].tolist() == [0]
    assert target["image_id"] == 10
    assert type(target["image_id"]) is int


def test_a_size_that_is_no_number(tmp_path):
    write(tmp_path, [])
    edit(tmp_path, images=[{"id": 1, "file_name": "0.jpg", "width": "wide", "height": 20}])
    split = open_detection(str(tmp_path), "train")
    assert split.fault(0) == "its width and height are whole numbers, got ('wide', 20)"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("images/train/deep", "deep/0.jpg"),
        ("images/train/deep", r"deep\0.jpg"),
        ("images/train", "images/train/0.jpg"),
        ("images/train", r"train\0.jpg"),
    ],
)
def test_where_file_names_begin(tmp_path, place, name):
    write(tmp_path, [])
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / "images/train/0.jpg").rename(tmp_path / place / "0.jpg")
    edit(tmp_path, images=[{"id": 1, "file_name": name}])
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / place / "0.jpg")
    assert not [note for note in split.notes if "'0.jpg'" in note]


def test_a_split_has_one_file(tmp_path):
    write(tmp_path, [])
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/instances_train2017.json").write_text("{}")
    with pytest.raises(
        ValueError, match=r"2017\.json and .*instances_train\.json: keep one of them"
    ):
        open_detection(str(tmp_path), "train")


def test_a_json_file_may_begin_with_a_mark(tmp_path):
    write(tmp_path, [])
    file = tmp_path / "instances_train.json"
    file.write_text(file.read_text(), encoding="utf-8-sig")
    assert len(open_detection(str(tmp_path), "train")) == 3


def test_given_classes(tmp_path):
    write(tmp_path, [box(1, 0, 7, 1, 1, 2, 2)])
    split = open_detection(str(tmp_path), "train", ("bird", "dog"))
    assert split[0].target["labels"].tolist() == [1]
    assert split.category_ids == (1, 7)
    with pytest.raises(ValueError, match="unknown classes: 'dog'; the classes are 'bird'"):
        open_detection(str(tmp_path), "train", ("bird",))


def test_coco_as_it_comes(tmp_path):
    write(tmp_path, [box(1, 0, 7, 1, 1, 2, 2)])
    (tmp_path / "annotations").mkdir()
    for split in ("train", "val"):
        source = tmp_path / "instances_train.json"
        (tmp_path / f"annotations/instances_{split}2017.json").write_text(source.read_text())
    (tmp_path / "instances_train.json").unlink()
    (tmp_path / "images/train").rename(tmp_path / "train2017")
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / "train2017/0.jpg")
    (tmp_path / "images").rmdir()
    with pytest.raises(FileNotFoundError, match=r"no folder.*'val': looked for .*val2017"):
        open_detection(str(tmp_path), "val")


def test_a_file_name_stays_in_the_data_set(tmp_path):
    write(tmp_path, [], images=1)
    names = ("../../secret.png", r"..\..\secret.png", "/secret.png")
    edit(tmp_path, images=[{"id": i, "file_name": name} for i, name in enumerate(names)])
    split = open_detection(str(tmp_path), "train")
    for index in range(3):
        assert split.fault(index) == (
            f"a picture's file_name stays below the data set's folder, {tmp_path}"
        )


def test_wrong_files_are_named(tmp_path):
    with pytest.raises(ValueError, match="is no detection data set: expected ROOT/instances_train"):
        open_detection(str(tmp_path), "train")
    file = tmp_path / "instances_train.json"
    file.write_text("{")
    (tmp_path / "images/train").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"instances_train\.json: not JSON"):
        open_detection(str(tmp_path), "train")
    file.write_text("[]")
    with pytest.raises(ValueError, match="not in COCO's format: it has no list 'images'"):
        open_detection(str(tmp_path), "train")
    file.write_text(json.dumps({"images": [{"id": 1}]}))
    with pytest.raises(ValueError, match=r"images\[0\] has no 'file_name'"):
        open_detection(str(tmp_path), "train")
    file.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    with pytest.raises(ValueError, match=r"instances_train\.json: it lists no pictures at all"):
        open_detection(str(tmp_path), "train")
    images = [{"id": 1, "file_name": "a.jpg"}]
    file.write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    with pytest.raises(ValueError, match=r"instances_train\.json: it has no categories, which are"):
        open_detection(str(tmp_path), "train")
    with pytest.raises(ValueError, match="has no split 'val'; it has 'train'; add it"):
        open_detection(str(tmp_path), "val")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("drawn_on", ["upright", "stored"])
def test_boxes_stay_with_pictures_that_a_viewer_turns(tmp_path, orientation, drawn_on):
    """The red rectangle is found by pixels, by its box and by its mask."""
    write(tmp_path, [], images=1)
    upright = np.zeros((20, 30, 3), dtype=np.uint8)
    upright[2:6, 3:10] = 255
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = Image.fromarray(upright)
    stored = stored if undo is None else stored.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "images/train/0.png", exif=exif)
    drawn = np.asarray(stored) if drawn_on == "stored" and orientation >= 5 else upright
    rows, columns = np.nonzero(drawn[..., 0])
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    shape = [[float(v) for v in (left, top, right, top, right, bottom, left, bottom)]]
    values = [float(v) for v in (left, top, right - left, bottom - top)]
    edit(
        tmp_path,
        images=[{"id": 1, "file_name": "0.png", "width": drawn.shape[1], "height": drawn.shape[0]}],
        annotations=[box(1, 1, 3, *values, segmentation=shape)],
    )
    target = open_detection(str(tmp_path), "train", masks=True)[0].target
    assert target["boxes"].tolist() == [[3, 2, 10, 6]]
    assert masks_to_boxes(target["masks"]).tolist() == [[3, 2, 9, 5]]
    assert target["size"] == (20, 30)


XML = """<annotation><size><width>30</width><height>20</height></size>{}</annotation>"""
OBJECT = (
    "<object><name>{}</name><difficult>{}</difficult><bndbox><xmin>{}</xmin><ymin>{}</ymin>"
    "<xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)


@pytest.fixture
def voc(tmp_path):
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (tmp_path / folder).mkdir(parents=True)
    objects = {
        "a": [("cow", 0, 1, 1, 30, 20), ("ant", 1, 5, 6, 10, 12)],
        "b": [("cow", 0, 7, 7, 7, 7), ("cow", 0, 0, 0, 3, 3)],
        "c": [],
        "d": [("dog", 0, 1, 1, 3, 3)],
    }
    for name, entries in objects.items():
        picture((30, 20)).save(tmp_path / f"JPEGImages/{name}.jpg")
        content = XML.format("".join(OBJECT.format(*entry) for entry in entries))
        (tmp_path / f"Annotations/{name}.xml").write_text(content)
    (tmp_path / "ImageSets/Main/train.txt").write_text("a  1\nb -1\nc\n")
    (tmp_path / "ImageSets/Main/val.txt").write_text("d\n")
    return tmp_path


def test_pascal_voc(voc):
    train, val = (open_detection(str(voc), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("ant", "cow", "dog")
    target = train[0].target
    assert target["boxes"].tolist() == [[0, 0, 30, 20], [4, 5, 10, 12]]
    assert target["labels"].tolist() == [1, 0]
    assert target["iscrowd"].tolist() == [0, 1]
    assert train[1].target["boxes"].tolist() == [[0, 0, 3, 3]]
    report = inspect_splits({"train": train, "val": val})
    assert report.ok
    (warning,) = report.splits["train"].warnings
    assert warning.reason.startswith("object 1 (cow) has a box without area")
    assert train.notes == ("3 objects, 1 of them crowds or difficult", "1 pictures without objects")
    with pytest.raises(ValueError, match=r"train\.txt has unknown classes: 'ant'"):
        open_detection(str(voc), "train", ("cow",))
    with pytest.raises(ValueError, match="Pascal VOC's boxes have no masks; use --task detect"):
        open_detection(str(voc), "train", masks=True)


def entry(root: Path, name: str, content: str = OBJECT.format("cow", 0, 1, 1, 30, 20)) -> None:
    for file in (root / f"JPEGImages/{name}.JPG", root / f"Annotations/{name}.xml"):
        file.parent.mkdir(exist_ok=True)
    picture((30, 20)).save(root / f"JPEGImages/{name}.JPG")
    (root / f"Annotations/{name}.xml").write_text(XML.format(content))


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
def test_a_line_of_a_list_is_a_name(voc, line, name):
    entry(voc, name)
    (voc / "ImageSets/Main/train.txt").write_text(f"{line}\r\n\r\na\n", encoding="utf-8-sig")
    (voc / f"JPEGImages/{name}.xml").write_text("as LabelImg puts it")
    split = open_detection(str(voc), "train")
    assert [split.source(i) for i in (0, 1)] == [
        str(voc / f"JPEGImages/{file}") for file in (f"{name}.JPG", "a.jpg")
    ]
    assert inspect_splits({"train": split}).ok


def test_classes_are_those_of_all_annotations_at_any_depth(voc):
    entry(voc, "deep/e", OBJECT.format("zebra", 0, 1, 1, 9, 9))
    (voc / "ImageSets/Main/val.txt").write_text("deep/e\n")
    train, val = (open_detection(str(voc), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("ant", "cow", "dog", "zebra")


def test_a_picture_counts_once(voc):
    (voc / "ImageSets/Main/train.txt").write_text("a 1\nb -1\na\n")
    split = open_detection(str(voc), "train")
    assert len(split) == 2
    assert split.notes[0] == "1 lines of train.txt repeat a name: each counts once"


def test_trainval_is_for_training_where_val_is_not_in_it(voc):
    lists = voc / "ImageSets/Main"
    (lists / "train.txt").rename(lists / "trainval.txt")
    with pytest.raises(ValueError, match="no split 'train'; it has 'trainval', 'val'; add it"):
        open_detection(str(voc), "train")
    (lists / "val.txt").rename(lists / "test.txt")
    train, val = (open_detection(str(voc), name) for name in ("train", "val"))
    assert train.notes[0] == "split 'train' is read from 'trainval'"
    assert val.notes[0] == "split 'val' is read from 'test'"
    assert (len(train), len(val)) == (3, 1)


@pytest.mark.parametrize("size", [("30.0", "20.0"), (0, 0), ("", ""), (30, 20)])
def test_stated_sizes(voc, size):
    file = voc / "Annotations/a.xml"
    tags = "<width>{}</width><height>{}</height>"
    file.write_text(file.read_text().replace(tags.format(30, 20), tags.format(*size)))
    assert open_detection(str(voc), "train")[0].target["size"] == (20, 30)


def test_lists_that_cannot_be_used_are_named(voc):
    file = voc / "ImageSets/Main/train.txt"
    for content, complaint in (
        (b"\n", "it names no pictures; a line is a picture's name"),
        (b"a\n../../secret\n", r"'\.\./\.\./secret' is no name of a picture in JPEGImages"),
        (b"/secret\n", "'/secret' is no name of a picture in JPEGImages"),
        ("ä".encode("latin-1"), "not UTF-8, in which it has to be saved"),
    ):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=rf"train\.txt: {complaint}"):
            open_detection(str(voc), "train")
    for each in file.parent.iterdir():
        each.unlink()
    with pytest.raises(
        ValueError, match=r"no lists of pictures: expected ImageSets/Main/train\.txt"
    ):
        open_detection(str(voc), "train")


def test_pictures_without_any_object_are_named(voc):
    for file in (voc / "Annotations").iterdir():
        file.write_text(XML.format(""))
    with pytest.raises(ValueError, match=r"train\.txt: its 3 pictures have no object at all$"):
        open_detection(str(voc), "train")
    (voc / "Annotations/b.xml").write_text("<annotation>")
    with pytest.raises(
        ValueError, match=r"1 annotations cannot be read, .*b\.xml: no element found"
    ):
        open_detection(str(voc), "train")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<annotation>", "no element found"),
        ("<html/>", "it describes no picture: it begins with <html>, not <annotation>"),
        (
            "<annotation><size><width>wide</width></size></annotation>",
            r"its width and height are whole numbers, got \['wide', '0'\]",
        ),
        ("<annotation><object/></annotation>", "object 1 has no name"),
        (
            "<annotation><object><name>a</name></object></annotation>",
            r"object 1 \(a\) has no bndbox of 4 numbers",
        ),
        (
            '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>',
            "a document type is not allowed",
        ),
        (None, "no such file"),
    ],
)
def test_xml_that_cannot_be_used(voc, content, reason):
    file = voc / "Annotations/b.xml"
    file.unlink() if content is None else file.write_text(content)
    split = open_detection(str(voc), "train")
    report = inspect_splits({"train": split})
    with pytest.raises(ValueError, match=rf"b\.jpg \(its annotation {file}: {reason}.*skip"):
        usable(split, report, "stop")
    assert len(usable(split, report, "skip")) == 2
