import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits

from .mask_data import describe, grid, pair

VOID = "; 255 is ignored: describe in classes.json what is a class"


def test_without_names_each_training_value_is_a_class(root):
    train, val = (open_segmentation(str(root), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("class_0", "class_1", "class_3")
    first, second = (train[i].target for i in range(2))
    assert first.flatten()[:4].tolist() == [1, 1, 255, 0]
    assert second.flatten()[:2].tolist() == [2, 0]
    assert first.dtype == torch.uint8
    assert first.shape == (4, 6)
    assert train.notes == (f"the training masks hold 3 values: each is a class{VOID}",)
    report = inspect_splits({"train": train, "val": val})
    assert report.ok
    assert report.splits["train"].counts == {"class_0": 2, "class_1": 1, "class_3": 1}


def test_masks_of_very_many_values_may_be_smoothed(tmp_path):
    pair(tmp_path, "train", "a", np.arange(70).reshape(7, 10))
    (note,) = open_segmentation(str(tmp_path), "train").notes
    assert note.startswith("the training masks hold 70 values: each is a class; if that is wrong, ")


def test_given_classes_name_the_values_from_0(root):
    split = open_segmentation(str(root), "val", ("sky", "road", "tree", "car"))
    assert split[0].target.flatten()[:3].tolist() == [1, 3, 0]
    again = open_segmentation(str(root), "val", ("class_3", "class_0", "class_1"))
    assert again[0].target.flatten()[:3].tolist() == [2, 0, 1]


def test_255_may_be_a_class(tmp_path):
    pair(tmp_path, "train", "a", grid(255) + 1 * (grid(255) == 0))
    with pytest.raises(ValueError, match=r"besides 255, .* hold only 1; .*classes\.json"):
        open_segmentation(str(tmp_path), "train")
    describe(tmp_path, [{"name": "thing", "value": 255}, "ground"])
    split = open_segmentation(str(tmp_path), "train")
    assert split[0].target.flatten()[:2].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "targets", "note"),
    [
        ((255, 255), [1, 1, 0], "0 and 255: background and object"),
        ((1, 1), [1, 1, 0], "0 and 1: background and object"),
        ((1, 255), [1, 255, 0], "0 and 1: background and object" + VOID),
    ],
)
def test_two_values_are_background_and_object(tmp_path, values, targets, note):
    pair(tmp_path, "train", "a", grid(*values))
    pair(tmp_path, "val", "b", grid())
    train, val = (open_segmentation(str(tmp_path), name) for name in ("train", "val"))
    assert train.classes == val.classes == ("background", "object")
    assert train.notes == (f"the training masks hold {note}",)
    assert train[0].target.flatten()[:3].tolist() == targets
    assert val[0].target.max() == 0
    again = open_segmentation(str(tmp_path), "train", ("object", "background"))
    swapped = {0: 1, 1: 0, 255: 255}
    assert again[0].target.flatten()[:3].tolist() == [swapped[label] for label in targets]


def test_two_values_in_a_folder_without_training_masks(tmp_path):
    pair(tmp_path, "val", "a", grid(255))
    split = open_segmentation(str(tmp_path), "val", ("background", "object"))
    assert split[0].target.flatten()[:2].tolist() == [1, 0]


def test_255_stays_void_beside_other_values(tmp_path):
    pair(tmp_path, "train", "a", grid(1, 2, 255))
    split = open_segmentation(str(tmp_path), "train")
    assert split.classes == ("class_0", "class_1", "class_2")
    assert split[0].target.flatten()[:4].tolist() == [1, 2, 255, 0]


def test_gray_masks_may_be_stored_as_rgb(tmp_path):
    pair(tmp_path, "train", "a", grid(255))
    file = tmp_path / "masks/train/a.png"
    for mode in ("RGB", "RGBA", "LA"):
        Image.fromarray(grid(255).astype("uint8")).convert(mode).save(file)
        split = open_segmentation(str(tmp_path), "train")
        assert split[0].target.flatten()[:2].tolist() == [1, 0]


def test_errors_name_the_folder_and_what_it_holds(tmp_path, root):
    with pytest.raises(FileNotFoundError, match="--data /nowhere: no such folder; expected ROOT"):
        open_segmentation("/nowhere", "train")
    with pytest.raises(ValueError, match="has no split 'test'; it has 'train', 'val'; add it"):
        open_segmentation(str(root), "test")
    with pytest.raises(
        ValueError, match=r"not a segmentation data set: .* found 'train/', 'val/'; images alone"
    ):
        open_segmentation(str(root / "images"), "train")
    for file in (root / "masks/val").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match=r"no image with a mask of the same name.*1 images.*, 0"):
        open_segmentation(str(root), "val", ("a", "b"))
    (root / "masks/val").rename(root / "masks/valid")
    with pytest.raises(ValueError, match=r"no folder 'val', but .*images has; .* 'valid/'$"):
        open_segmentation(str(root), "val")


def test_an_ignored_value_is_told(tmp_path):
    pair(tmp_path, "train", "a", grid(127, 255))
    (note,) = open_segmentation(str(tmp_path), "train").notes
    assert note == f"the training masks hold 2 values: each is a class{VOID}"
    (tmp_path / "masks").rename(tmp_path / "annotations")
    with pytest.raises(ValueError, match=r"besides 0 and 255, .* hold only 127"):
        open_segmentation(str(tmp_path), "train")
    pair(tmp_path, "train", "b", grid(1))
    (tmp_path / "masks/train/b.png").rename(tmp_path / "annotations/train/b.png")
    (tmp_path / "masks/train").rmdir()
    (tmp_path / "masks").rmdir()
    (note,) = open_segmentation(str(tmp_path), "train").notes
    assert "; 0 and 255 are ignored: describe" in note
