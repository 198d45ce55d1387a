from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.layouts.finding import open_detection, open_segmentation
from cyclemlp.data.layouts.voc_classes import voc_color
from cyclemlp.data.report.inspecting import inspect_splits

from .mask_data import describe, grid, save_picture

_PALETTE = [part for value in range(256) for part in voc_color(value)]


@pytest.fixture
def voc_masks(tmp_path):
    """Pascal VOC's folders: training images a and b, validation image c, and an unlisted image."""
    add(tmp_path, "a", grid(15, 15, 255))
    add(tmp_path, "b", grid(20))
    add(tmp_path, "c", grid(1, 15))
    save_picture(tmp_path / "JPEGImages/unlisted.jpg")
    lists(tmp_path, train="a\nb\n", val="c\n")
    return tmp_path


def add(root: Path, name: str, values: np.ndarray) -> None:
    save_picture(root / f"JPEGImages/{name}.jpg")
    mask = Image.fromarray(values.astype(np.uint8))
    mask.putpalette(_PALETTE)
    (root / "SegmentationClass").mkdir(exist_ok=True)
    mask.save(root / f"SegmentationClass/{name}.png")


def lists(root: Path, **contents: str) -> None:
    folder = root / "ImageSets/Segmentation"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.txt").write_bytes(content.encode())


def test_the_standard_classes_and_targets(voc_masks):
    train, val = (open_segmentation(str(voc_masks), name) for name in ("train", "val"))
    assert len(train.classes) == 21
    assert (train.classes[0], train.classes[15], train.classes[20]) == (
        "background",
        "person",
        "tvmonitor",
    )
    assert train.colors[15] == (192, 128, 128)
    assert train[0].target.flatten()[:4].tolist() == [15, 15, 255, 0]
    assert val[0].target.flatten()[:3].tolist() == [1, 15, 0]
    report = inspect_splits({"train": train, "val": val})
    assert report.ok
    assert report.splits["train"].counts["person"] == 1
    assert train.strays == ()
    assert train.notes == (
        "no file names the classes (classes.json, labelmap.txt or class_names.txt), so they are "
        "Pascal VOC's 20 and background",
    )
    again = open_segmentation(str(voc_masks), "val", tuple(reversed(train.classes)))
    assert again[0].target.flatten()[:3].tolist() == [19, 5, 20]


def test_rgb_masks_are_read_by_their_colors(voc_masks):
    file = voc_masks / "SegmentationClass/a.png"
    values = grid(15, 20, 255)
    colors = np.array([*(voc_color(value) for value in range(255)), (224, 224, 192)], np.uint8)
    Image.fromarray(colors[values]).save(file)
    split = open_segmentation(str(voc_masks), "train")
    assert split[0].target.flatten()[:4].tolist() == [15, 20, 255, 0]
    colors[20] = (1, 2, 3)
    Image.fromarray(colors[values]).save(file)
    assert split.fault(0) == (
        f"{file}: 1 pixel of the color (1, 2, 3), not among the 22 colors of Pascal VOC's classes; "
        "add the color there, or correct the mask"
    )


def test_files_of_classes_replace_the_standard_ones(voc_masks):
    (voc_masks / "labelmap.txt").write_bytes(
        b"\xef\xbb\xbf# label:color_rgb:parts:actions\r\nbackground:0,0,0::\r\n"
        b"\r\nbig tree:7,8,9::\r\nvoid:9,9,9::\r\nroad:::\r\n"
    )
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[0, :4] = [(7, 8, 9), (9, 9, 9), (224, 224, 192), voc_color(3)]
    Image.fromarray(pixels).save(voc_masks / "SegmentationClass/a.png")
    add(voc_masks, "b", grid(1, 2, 3, 255))  # class numbers are positions in the file
    split = open_segmentation(str(voc_masks), "train")
    assert split.classes == ("background", "big tree", "road")
    assert split.colors == ((0, 0, 0), (7, 8, 9), voc_color(3))
    assert split.notes == ()
    assert split[0].target.flatten()[:5].tolist() == [1, 255, 255, 2, 0]
    assert split[1].target.flatten()[:5].tolist() == [1, 255, 2, 255, 0]
    describe(voc_masks, ["a", "x", {"name": "b", "value": 3}, {"name": "c", "value": 2}])
    described = open_segmentation(str(voc_masks), "train")
    assert described.classes == ("a", "x", "b", "c")
    assert described[1].target.flatten()[1] == 3


def test_the_folders_that_labelme2voc_writes(tmp_path):
    add(tmp_path, "a", grid(1, 2, 255))
    (tmp_path / "class_names.txt").write_text("_background_\ntree\nroad\n")
    split = open_segmentation(str(tmp_path), "train")
    assert split.classes == ("background", "tree", "road")
    assert split[0].target.flatten()[:4].tolist() == [1, 2, 255, 0]
    (tmp_path / "SegmentationClass").rename(tmp_path / "SegmentationClassPNG")
    (tmp_path / "SegmentationClass").mkdir()  # of .npy files, in early versions
    (tmp_path / "class_names.txt").write_text("__ignore__\n_background_\ntree\ntree\n")
    with pytest.raises(ValueError, match=r"class_names\.txt, line 4: the class 'tree' is already"):
        open_segmentation(str(tmp_path), "train")
    (tmp_path / "class_names.txt").write_text("__ignore__\n_background_\ntree\nroad\n")
    assert open_segmentation(str(tmp_path), "train")[0].target.flatten()[0] == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a:1,2::\n", "line 1: expected name:R,G,B:parts:actions, got 'a:1,2::'"),
        ("a:0,0,0::\nb:0,0,256::\n", "line 2: expected name:R,G,B"),
        ("a:0,0,0::\na:0,0,1::\n", "line 2: the name 'a' is already in line 1"),
        ("a:0,0,0::\n\nb:0,0,0::\n", r"line 3: the color \(0, 0, 0\) is already in line 1"),
        ("# nothing\n", ": it has no class; expected a name and a color"),
        ("a:0,0,0::\nvoid:1,1,1::\n", ": a single class, 'a', which every pixel would have"),
    ],
)
def test_an_invalid_labelmap_is_refused(voc_masks, content, complaint):
    (voc_masks / "labelmap.txt").write_text(content)
    with pytest.raises(ValueError, match=rf"labelmap\.txt.*{complaint}"):
        open_segmentation(str(voc_masks), "train")


def test_lists_as_people_have_them(voc_masks):
    add(voc_masks, "name with space", grid(2))
    (voc_masks / "JPEGImages/b.jpg").rename(voc_masks / "JPEGImages/b.JPG")
    lists(voc_masks, train="\ufeffa.jpg\r\n\r\nb\r\na\r\nname with space\r\n")
    split = open_segmentation(str(voc_masks), "train")
    names = [Path(split.source(index)).name for index in range(len(split))]
    assert names == [
        "a.jpg",
        "b.JPG",
        "name with space.jpg",
    ]
    assert split.notes[0] == "1 lines of train.txt repeat a name: each counts once"


def test_other_names_of_lists(voc_masks):
    folder = voc_masks / "ImageSets/Segmentation"
    (folder / "train.txt").rename(folder / "default.txt")
    (folder / "val.txt").rename(folder / "Validation.txt")
    val = open_segmentation(str(voc_masks), "val")
    assert val.notes[0] == "split 'val' is read from 'Validation'"
    (folder / "Validation.txt").rename(folder / "test.txt")
    train = open_segmentation(str(voc_masks), "train")
    assert train.notes[0] == "split 'train' is read from 'default'"
    (folder / "default.txt").rename(folder / "trainval.txt")
    assert len(open_segmentation(str(voc_masks), "train")) == 2


def test_faults_are_named(voc_masks):
    images, masks = voc_masks / "JPEGImages", voc_masks / "SegmentationClass"
    lists(voc_masks, train="a\nb\nc\nunlisted\nnowhere\n")
    (images / "b.jpg").unlink()
    add(voc_masks, "c", grid(30))
    split = open_segmentation(str(voc_masks), "train")
    report = inspect_splits({"train": split}).splits["train"]
    reasons = {fault.file: fault.reason for fault in report.unusable}
    assert set(reasons) == {
        str(images / "c.jpg"),
        str(images / "unlisted.jpg"),
        str(images / "nowhere"),
        str(masks / "b.png"),
    }
    assert "c.png values 30 mean no class" in reasons[str(images / "c.jpg")]
    assert reasons[str(images / "unlisted.jpg")] == f"no mask of this name in {masks}"
    assert reasons[str(images / "nowhere")].startswith("listed, but there is no such image")
    lists(voc_masks, train="")
    with pytest.raises(ValueError, match=r"train\.txt: it lists no images"):
        open_segmentation(str(voc_masks), "train")
    lists(voc_masks, train="/data/JPEGImages/a.jpg /data/SegmentationClassAug/a.png")
    with pytest.raises(ValueError, match="is not the name of an image in JPEGImages; write"):
        open_segmentation(str(voc_masks), "train")


def test_what_lists_do_not_name_and_other_tasks_are_refused(voc_masks):
    with pytest.raises(ValueError, match="looks like Pascal VOC's masks: --task segment"):
        open_detection(str(voc_masks), "train")
    with pytest.raises(ValueError, match="has no split 'test'; it has 'train', 'val'"):
        open_segmentation(str(voc_masks), "test")
    for file in (voc_masks / "ImageSets/Segmentation").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match=r"no lists .* ImageSets/Segmentation/train\.txt and val"):
        open_segmentation(str(voc_masks), "val")
    assert len(open_segmentation(str(voc_masks), "train")) > 1
