import shutil

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from .mask_data import save_picture

_COLORS = np.array([(64, 128, 64), (0, 0, 0), (192, 0, 128)], np.uint8)


@pytest.fixture
def camvid(tmp_path):
    for split, name, values in (("train", "a", [2, 1]), ("train", "b", [0]), ("val", "c", [2])):
        save_picture(tmp_path / split / f"{name}.png")
        indices = np.zeros(24, np.int64)
        indices[: len(values)] = values
        folder = tmp_path / f"{split}_labels"
        folder.mkdir(exist_ok=True)
        Image.fromarray(_COLORS[indices.reshape(4, 6)]).save(folder / f"{name}_L.png")
    (tmp_path / "class_dict.csv").write_text(
        "name, r, g, b\nAnimal, 64, 128, 64\nVoid, 0, 0, 0\nArch way,192,0,128\n"
    )
    return tmp_path


def test_the_folders_and_their_table(camvid):
    train, val = (open_segmentation(str(camvid), name) for name in ("train", "val"))
    assert train.classes == ("Animal", "Arch way")
    assert train.colors == ((64, 128, 64), (192, 0, 128))
    assert train[0].target.flatten()[:3].tolist() == [1, 255, 0]
    report = inspect_splits({"train": train, "val": val})
    assert report.ok
    assert report.splits["train"].counts == {"Animal": 2, "Arch way": 1}


def test_masks_may_have_the_names_of_their_images(camvid):
    for file in camvid.glob("*_labels/*.png"):
        file.rename(file.with_stem(file.stem.removesuffix("_L")))
    assert len(open_segmentation(str(camvid), "train")) == 2


def test_index_masks_need_no_table(camvid):
    (camvid / "class_dict.csv").unlink()
    for file in list(camvid.glob("*_labels/*.png")):
        values = (np.asarray(Image.open(file))[..., 1] == 0).astype(np.uint8) * 255
        Image.fromarray(values).convert("1").save(file.with_name(f"{file.stem[0]}_mask.gif"))
        file.unlink()
    for folder in list(camvid.glob("*_labels")):
        folder.rename(camvid / folder.name.replace("labels", "masks"))
    train, val = (open_segmentation(str(camvid), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("background", "object")
    assert "the mask of an image has its name and '_mask'" in train.notes
    assert len(train) == 2


def test_without_a_table_or_a_split_it_is_refused(camvid):
    with pytest.raises(ValueError, match="has no split 'test'; it has 'train', 'val'; add it"):
        open_segmentation(str(camvid), "test")
    (camvid / "class_dict.csv").unlink()
    with pytest.raises(ValueError, match=r"no table of the masks' colors: add class_dict\.csv"):
        open_segmentation(str(camvid), "train")


def test_the_folders_of_segnet_and_cvat(camvid):
    (camvid / "class_dict.csv").rename(camvid / "table.csv")
    (camvid / "label_colors.txt").write_text("0 0 0 Void\n64 128 64 Animal\n192 0 128 Arch way\n")
    for split in ("train", "val"):
        (camvid / f"{split}_labels").rename(camvid / f"{split}annot")
    train, val = (open_segmentation(str(camvid), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("Animal", "Arch way")
    for name in ("", "annot"):
        (camvid / f"train{name}").rename(camvid / f"default{name}")
        shutil.rmtree(camvid / f"val{name}")
    again = open_segmentation(str(camvid), "train")
    assert len(again) == 2
    assert "split 'train' is read from 'default', the only one" in again.notes
    with pytest.raises(ValueError, match=r"has no split 'val'; .*--val-fraction"):
        open_segmentation(str(camvid), "val")
