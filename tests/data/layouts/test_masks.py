import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.data.layouts.finding import open_classification, open_detection, open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable

from ..conftest import encoded, picture

CITY = "aachen/aachen_000000_000019"


def save_mask(file: Path, values, mode: str = "L") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(values, dtype=np.uint16 if mode == "I;16" else np.uint8))
    if mode == "P":
        image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    image.save(file)


def save_picture(file: Path, size=(6, 4), **options) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    picture(size).save(file, **options)


def pair(root: Path, split: str, name: str, values, mode: str = "L") -> None:
    height, width = np.asarray(values).shape
    save_picture(root / "images" / split / f"{name}.jpg", (width, height))
    save_mask(root / "masks" / split / f"{name}.png", values, mode)


def grid(*values: int) -> np.ndarray:
    """A mask of 4 × 6 with these values from its first pixel on, and 0 after them."""
    mask = np.zeros(24, dtype=np.int64)
    mask[: len(values)] = values
    return mask.reshape(4, 6)


@pytest.fixture
def root(tmp_path):
    pair(tmp_path, "train", "a", grid(1, 1, 255))
    pair(tmp_path, "train", "b", grid(3), "P")
    pair(tmp_path, "val", "c", grid(1, 3))
    return tmp_path


def describe(root: Path, content) -> None:
    (root / "classes.json").write_text(json.dumps(content))


def test_classes_are_the_training_masks_values(root):
    train, val = (open_segmentation(str(root), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("class_0", "class_1", "class_3")
    first, second = (train[i].target for i in range(2))
    assert first.flatten()[:4].tolist() == [1, 1, 255, 0]
    assert second.flatten()[:2].tolist() == [2, 0]
    assert first.dtype == torch.uint8
    assert first.shape == (4, 6)
    assert train.notes == ("the training masks hold 3 values: each is a class",)
    report = inspect_splits({"train": train, "val": val})
    assert report.ok
    assert report.splits["train"].counts == {"class_0": 2, "class_1": 1, "class_3": 1}


def test_a_class_file(root):
    describe(
        root,
        {
            "classes": [
                {"name": "ground", "color": [1, 2, 3]},
                {"name": "tree", "value": 3, "color": [4, 5, 6]},
            ],
            "ignore_index": [1, 255],
        },
    )
    split = open_segmentation(str(root), "train")
    assert split.classes == ("ground", "tree")
    assert split.colors == ((1, 2, 3), (4, 5, 6))
    assert split[0].target.flatten()[:4].tolist() == [255, 255, 255, 0]
    other = open_segmentation(str(root), "train", ("tree", "sky", "ground"))
    assert other[1].target.flatten()[:2].tolist() == [0, 2]
    assert usable(other, inspect_splits({"train": other}), "stop") is other
    with pytest.raises(ValueError, match="unknown classes: 'tree'; the classes are 'ground'"):
        open_segmentation(str(root), "train", ("ground",))


def test_given_names_stand_for_values_from_0(root):
    split = open_segmentation(str(root), "val", ("sky", "road", "tree", "car"))
    assert split[0].target.flatten()[:3].tolist() == [1, 3, 0]
    again = open_segmentation(str(root), "val", ("class_3", "class_0", "class_1"))
    assert again[0].target.flatten()[:3].tolist() == [2, 0, 1]


def test_255_may_be_a_class(tmp_path):
    pair(tmp_path, "train", "a", grid(255))
    with pytest.raises(ValueError, match=r"hold the class 0 alone besides 255.*classes\.json"):
        open_segmentation(str(tmp_path), "train")
    describe(tmp_path, ["ground", {"name": "thing", "value": 255}])
    split = open_segmentation(str(tmp_path), "train")
    assert split[0].target.flatten()[:2].tolist() == [1, 0]


def test_sixteen_bits_and_more_than_255_classes(tmp_path):
    pair(tmp_path, "train", "a", grid(300, 65535), "I;16")
    describe(tmp_path, {"classes": [f"c{i}" for i in range(301)], "ignore_index": 65535})
    split = open_segmentation(str(tmp_path), "train")
    assert split.ignore_index == 65535
    assert split[0].target.dtype == torch.int32
    assert split[0].target.flatten()[:3].tolist() == [300, 65535, 0]


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_read_as_they_are_stored(root, bits):
    mask = Image.fromarray(grid(1, 1).astype(np.uint8))
    if bits == 1:
        mask.point(lambda value: 255 * value).convert("1").save(root / "masks/train/a.png")
    else:
        (root / "masks/train/a.png").write_bytes(grey_png(grid(1, 1), bits))
    split = open_segmentation(str(root), "train")
    assert split[0].target.flatten()[:3].tolist() == [1, 1, 0]


def grey_png(values: np.ndarray, bits: int) -> bytes:
    """A grey PNG of few bits, which Pillow reads and does not write."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width = values.shape
    shifts = 2 ** np.arange(bits - 1, -1, -1)
    rows = (values[..., None] // shifts % 2).reshape(height, -1).astype(np.uint8)
    data = b"".join(b"\0" + np.packbits(row).tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("drawn_on", ["upright", "stored"])
def test_masks_stay_with_pictures_that_a_viewer_turns(tmp_path, orientation, drawn_on):
    """The picture's red pixels are class 1, whichever of the two pictures the mask was made of."""
    upright = np.zeros((4, 6, 3), dtype=np.uint8)
    upright[0, :2] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = Image.fromarray(upright)
    stored = stored if undo is None else stored.transpose(Image.Transpose(undo))
    (tmp_path / "images/train").mkdir(parents=True)
    stored.save(tmp_path / "images/train/a.png", exif=exif)
    sideways = orientation >= 5
    mask = np.asarray(stored) if drawn_on == "stored" and sideways else upright
    save_mask(tmp_path / "masks/train/a.png", mask[..., 0] // 255)
    sample = open_segmentation(str(tmp_path), "train")[0]
    assert torch.equal(sample.target, torch.from_numpy(np.asarray(sample.image)[..., 0] // 255))


def test_ade20k_as_it_comes(tmp_path):
    for split, values in (("training", grid(1, 2)), ("validation", grid(2))):
        save_picture(tmp_path / "images" / split / "ADE_1.jpg")
        save_mask(tmp_path / "annotations" / split / "ADE_1.png", values)
    train = open_segmentation(str(tmp_path), "train")
    assert train.classes == ("class_0", "class_1")
    assert train[0].target.flatten()[:3].tolist() == [0, 1, 255]
    lines = "Idx\tRatio\tTrain\tVal\tName\n1\t0.15\t11664\t1172\twall\n2\t0.1\t9\t8\tbed, cot\n"
    (tmp_path / "objectInfo150.txt").write_text(lines)
    val = open_segmentation(str(tmp_path), "val")
    assert val.classes == ("wall", "bed")
    assert val.notes == ("split 'val' is read from 'validation'",)
    assert val[0].target.flatten()[:2].tolist() == [1, 255]


def test_255_does_not_count_in_ade20ks_layout(tmp_path):
    save_picture(tmp_path / "images/training/a.jpg")
    save_mask(tmp_path / "annotations/training/a.png", grid(1, 2, 255))
    expected = [0, 1, 255, 255]
    found = open_segmentation(str(tmp_path), "train")
    assert found.classes == ("class_0", "class_1")
    assert found[0].target.flatten()[:4].tolist() == expected
    given = open_segmentation(str(tmp_path), "train", ("wall", "bed"))
    assert given[0].target.flatten()[:4].tolist() == expected
    many = open_segmentation(str(tmp_path), "train", [f"thing {i}" for i in range(255)])
    assert many[0].target.flatten()[:4].tolist() == [0, 1, 254, 255]  # there it is a class
    (tmp_path / "objectInfo150.txt").write_text("1 0.1 1 1 wall\n2 0.1 1 1 bed\n")
    named = open_segmentation(str(tmp_path), "train")
    assert named.classes == ("wall", "bed")
    assert named[0].target.flatten()[:4].tolist() == expected


def test_masks_of_0_and_1_in_ade20ks_layout_are_explained(tmp_path):
    save_picture(tmp_path / "images/train/a.png")
    save_mask(tmp_path / "annotations/train/a.png", grid(1, 1))
    told = r"besides 0 and 255, .* hold 1 alone; .* rename the folder annotations to masks, or say"
    with pytest.raises(ValueError, match=told):
        open_segmentation(str(tmp_path), "train")
    (tmp_path / "annotations").rename(tmp_path / "masks")
    assert open_segmentation(str(tmp_path), "train").classes == ("class_0", "class_1")


@pytest.mark.parametrize(
    ("kind", "values"), [("TrainIds", (0, 18, 255)), ("Ids", (7, 33, 4)), ("both", (0, 18, 255))]
)
def test_cityscapes_as_it_comes(tmp_path, kind, values):
    save_picture(tmp_path / f"leftImg8bit/train/{CITY}_leftImg8bit.png")
    place = tmp_path / "gtFine/train"
    save_mask(place / f"{CITY}_gtFine_instanceIds.png", grid(26001), "I;16")
    if kind != "TrainIds":
        save_mask(place / f"{CITY}_gtFine_labelIds.png", grid(7, 33, 4))
    if kind != "Ids":
        save_mask(place / f"{CITY}_gtFine_labelTrainIds.png", grid(*values))
    split = open_segmentation(str(tmp_path), "train")
    assert len(split) == 1
    assert not split.strays
    assert (split.classes[0], split.classes[18]) == ("road", "bicycle")
    assert split.colors[0] == (128, 64, 128)
    assert split[0].target.flatten()[:3].tolist() == [0, 18, 255]


def test_faults_have_names_and_reasons(root):
    images, masks = root / "images/train", root / "masks/train"
    for name in ("size", "beyond", "rgb", "cut", "lossy", "lonely", "bad"):
        save_picture(images / f"{name}.jpg")
    save_mask(masks / "size.png", np.zeros((4, 5)))
    save_mask(masks / "beyond.png", grid(7, 9))
    picture((6, 4)).save(masks / "rgb.png")
    (masks / "cut.png").write_bytes(encoded(picture((40, 40)).convert("L"), "PNG")[:-900])
    save_mask(masks / "lossy.jpg", grid())
    save_mask(masks / "widow.png", grid())
    (images / "bad.jpg").write_bytes(b"")
    save_mask(masks / "bad.png", grid())
    (images / "Thumbs.db").write_bytes(b"x")
    describe(root, ["a", "b", "c", "d"])
    split = open_segmentation(str(root), "train")
    report = inspect_splits({"train": split})
    faults = {Path(f.file).name: f.reason for f in report.splits["train"].unusable}
    assert faults == {
        "bad.jpg": "empty file",
        "beyond.jpg": f"in its mask {masks}/beyond.png values 7, 9 mean no class; the classes are "
        "'a', 'b', 'c', 'd' with the values 0, 1, 2, 3",
        "cut.jpg": f"{masks}/cut.png: truncated: the file ends before the picture does",
        "lossy.jpg": f"{masks}/lossy.jpg: a JPEG changes values, and so classes; "
        "masks are saved as PNG",
        "rgb.jpg": f"{masks}/rgb.png: a RGB picture, not an index mask: one channel with a class's "
        "number at each pixel; turn its colors into numbers",
        "size.jpg": f"its mask {masks}/size.png has 5 × 4 pixels, and the picture has 6 × 4",
        "lonely.jpg": f"no mask of this name in {masks}",
        "widow.png": f"no picture of this name in {images}",
    }
    assert report.splits["train"].ignored == 1
    assert len(usable(split, report, "skip")) == 2
    with pytest.raises(ValueError, match=r"size\.jpg \(its mask .* 5 × 4 pixels.*skip"):
        usable(split, report, "stop")


def test_wrong_places_are_named(tmp_path, root):
    with pytest.raises(FileNotFoundError, match="--data /nowhere: no such folder; expected ROOT"):
        open_segmentation("/nowhere", "train")
    with pytest.raises(ValueError, match="has no split 'test'; it has 'train', 'val'; add it"):
        open_segmentation(str(root), "test")
    with pytest.raises(ValueError, match=r"no segmentation data set: .* found 'train/', 'val/'$"):
        open_segmentation(str(root / "images"), "train")
    for file in (root / "masks/val").iterdir():
        file.unlink()
    with pytest.raises(
        ValueError, match=r"no picture with a mask of the same name.*1 pictures.*, 0"
    ):
        open_segmentation(str(root), "val", ("a", "b"))
    (root / "masks/val").rename(root / "masks/valid")
    with pytest.raises(ValueError, match=r"no folder 'val', but .*images has; .* 'valid/'$"):
        open_segmentation(str(root), "val")


def test_a_folder_for_another_task_is_told(root, folders):
    with pytest.raises(ValueError, match="which looks like a folder a class: --task classify"):
        open_segmentation(str(folders), "train")
    with pytest.raises(ValueError, match="which looks like pictures with masks: --task segment"):
        open_classification(str(root), "train")
    with pytest.raises(ValueError, match="which looks like pictures with masks: --task segment"):
        open_detection(str(root), "train")
    (root / "masks").rename(root / "annotations")
    for split in ("train", "val"):
        for file in (root / "annotations" / split).iterdir():
            file.unlink()
        (root / "annotations" / split).rmdir()
        (root / f"annotations/instances_{split}.json").write_text("{}")
    with pytest.raises(ValueError, match=r"no segmentation data set: .* like COCO's .* detect or"):
        open_segmentation(str(root), "train")


def test_splits_are_folders(root):
    for file in (root / "images/train").iterdir():
        file.rename(root / "images" / file.name)
    for split in ("train", "val"):
        shutil.rmtree(root / "images" / split)
    with pytest.raises(ValueError, match=r"images has no folders, one a split; expected ROOT"):
        open_segmentation(str(root), "train")


def test_masks_without_a_class_say_why(root):
    for file in (root / "masks/train").iterdir():
        picture((6, 4)).save(file)
    with pytest.raises(ValueError, match=r"masks/train/.\.png: a RGB picture, not an index mask"):
        open_segmentation(str(root), "train")
    for file in (root / "masks/train").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match=r"masks/train has no masks; expected ROOT/images"):
        open_segmentation(str(root), "train")


def test_names_that_do_not_pair_are_shown(root):
    for file in (root / "masks/train").iterdir():
        file.rename(file.with_stem(f"{file.stem}_mask"))
    with pytest.raises(ValueError, match=r"2 pictures such as a\.jpg, 2 masks such as a_mask\.png"):
        open_segmentation(str(root), "train")


def test_a_single_class_is_refused_in_training(root):
    describe(root, {"classes": ["a"], "ignore_index": [1, 3, 255]})
    with pytest.raises(ValueError, match=r"classes\.json: a single class, 'a', which every pixel"):
        open_segmentation(str(root), "train")
    assert len(open_segmentation(str(root), "train", ("b", "a"))) == 2  # of a bundle's classes


def test_linked_folders_are_followed(root):
    for kind in ("images", "masks"):
        (root / kind / "train").rename(root / f"{kind}-elsewhere")
        (root / kind / "train").mkdir()
        (root / kind / "train/deep").symlink_to(root / f"{kind}-elsewhere")
    assert len(open_segmentation(str(root), "train")) == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"names": ["a"]}, "no 'classes'; expected"),
        (["a", "a"], "class names have to be distinct"),
        ([{"name": "a", "value": 70000}], r"mask values are in 0\.\.65535, got \[70000\]"),
        ([{"name": "a", "color": [0, 0, 999]}], r"class 0 has the color \[0, 0, 999\], which"),
        ([{"name": "a", "color": "#ff0000"}], "class 0 has the color '#ff0000', which is not 3"),
        ("abc", "the classes are a list of at least one, got 'abc'; expected"),
        ({"classes": {"0": "a"}}, "the classes are a list of at least one, got {'0': 'a'}"),
        ([], r"the classes are a list of at least one, got \[\]"),
        ([1, 2], "class 0 has no name, got 1; expected"),
        (["a", " "], "class 1 has no name, got ' '"),
        ([{"name": "a", "value": 0.5}], "the value of class 0 is a whole number, got 0.5"),
        ({"classes": ["a", "b"], "ignore_index": True}, "ignore_index is a whole number, got True"),
        (
            {"classes": ["a", "b"], "ignore_index": [255, 1]},
            "1 is a class's value and ignore_index; it can be one of them; expected",
        ),
    ],
)
def test_a_wrong_class_file_is_named(root, content, complaint):
    describe(root, content)
    with pytest.raises(ValueError, match=rf"classes\.json: {complaint}"):
        open_segmentation(str(root), "train")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "not JSON: Expecting"),
        (b"[" * 100_000, "not JSON that can be read: too deeply nested"),
        ('["Straße"]'.encode("latin-1"), "not UTF-8, in which it has to be saved"),
    ],
)
def test_a_class_file_that_is_no_json_is_named(root, content, complaint):
    (root / "classes.json").write_bytes(content)
    with pytest.raises(ValueError, match=rf"classes\.json: {complaint}"):
        open_segmentation(str(root), "train")


def test_a_class_file_may_begin_with_a_mark_and_ignore_nothing(root):
    content = json.dumps({"classes": ["a", "b", "c", "d"], "ignore_index": None})
    (root / "classes.json").write_text(content, encoding="utf-8-sig")
    split = open_segmentation(str(root), "train")
    fault = split.fault(0)
    assert fault is not None
    assert "values 255 mean no class" in fault
    assert split.fault(1) is None
