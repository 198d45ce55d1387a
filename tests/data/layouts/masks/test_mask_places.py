import pytest

from cyclemlp.data.layouts.common.split_names import MissingSplitError
from cyclemlp.data.layouts.finding import open_classification, open_segmentation
from cyclemlp.data.layouts.recognizing import found_task

from ..mask_data import grid, save_mask, save_picture


@pytest.mark.parametrize(
    ("images", "masks", "end"),
    [
        ("{}/images", "{}/masks", ""),
        ("{}/Image", "{}/Mask", "_mask"),
        ("imgs/{}", "labels/{}", "_seg"),
        ("image", "label", ""),
        ("img_dir/{}", "ann_dir/{}", ""),
        ("images", "annotations", ""),
        ("images/{}", "gt/{}", "_gt"),
        ("Photos", "Drawn by me", "_L"),
    ],
)
def test_folders_of_images_and_masks(tmp_path, images, masks, end):
    for split, value in (("train", 1), ("val", 0)):
        save_picture(tmp_path / images.format(split) / f"{split}.jpg")
        save_mask(tmp_path / masks.format(split) / f"{split}{end}.png", grid(value))
    assert found_task(str(tmp_path))[0] == "segment"
    splits = ("train", "val") if "{}" in images else ("train",)
    opened = [open_segmentation(str(tmp_path), split) for split in splits]
    assert [split.classes for split in opened] == [("background", "object")] * len(splits)
    assert sum(map(len, opened)) == 2
    with pytest.raises(ValueError, match=r"looks like images with masks: --task segment|not class"):
        open_classification(str(tmp_path), "train")


@pytest.mark.parametrize(
    ("place", "end", "splits"),
    [("train", "_mask", "both"), ("a/b", "-mask", ""), (".", "_seg", "")],
)
def test_masks_beside_their_images(tmp_path, place, end, splits):
    for folder in (place, "val") if splits else (place,):
        for number in range(5):
            save_picture(tmp_path / folder / f"{number}.jpg")
            save_mask(tmp_path / folder / f"{number}{end}.png", grid(255))
    save_picture(tmp_path / place / "5.jpg", (6, 4))
    assert found_task(str(tmp_path))[0] == "segment"
    train = open_segmentation(str(tmp_path), "train")
    assert train.classes == ("background", "object")
    assert len(train) == 5
    assert train[0].target.flatten()[:2].tolist() == [1, 0]
    (stray,) = train.strays
    assert stray.file == str(tmp_path / place / "5.jpg")
    assert f"the mask of an image has its name and {end!r}" in train.notes
    if splits:
        assert len(open_segmentation(str(tmp_path), "val")) == 5
    else:
        with pytest.raises(MissingSplitError, match="no folders of splits, and so no split 'val'"):
            open_segmentation(str(tmp_path), "val")


def test_several_data_sets_are_not_one(tmp_path):
    for name in ("cats", "dogs"):
        save_picture(tmp_path / name / "images/a.jpg")
        save_mask(tmp_path / name / "masks/a.png", grid(1))
    with pytest.raises(ValueError, match="cats looks like images with masks: give this folder"):
        found_task(str(tmp_path))


def test_classes_are_not_masks(tmp_path):
    for file in ("mask/1.png", "no_mask/1.png", "no_mask/1_mask.png"):
        save_picture(tmp_path / file)
    assert found_task(str(tmp_path))[0] == "classify"


def test_two_kinds_of_masks_are_refused(tmp_path):
    for name, value in (("a", 1), ("b", 255)):
        save_picture(tmp_path / f"images/{name}.jpg")
        save_mask(tmp_path / f"masks/{name}.png", grid(value))
    with pytest.raises(ValueError, match=r"a\.png has the values 0 and 1, but .*b\.png 0 and 255;"):
        open_segmentation(str(tmp_path), "train")
    save_picture(tmp_path / "images/c.jpg")
    save_mask(tmp_path / "masks/c.png", grid(1, 255))
    assert open_segmentation(str(tmp_path), "train").classes == ("background", "object")


def test_masks_of_several_classes_may_have_ignored_pixels(tmp_path):
    for name, values in (("a", (0, 1)), ("b", (0, 255)), ("c", (2, 3))):
        save_picture(tmp_path / f"images/{name}.jpg")
        save_mask(tmp_path / f"masks/{name}.png", grid(*values))
    classes = open_segmentation(str(tmp_path), "train").classes
    assert classes == ("class_0", "class_1", "class_2", "class_3")
