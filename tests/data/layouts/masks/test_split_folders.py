import shutil

import pytest

from cyclemlp.data.layouts.finding import open_segmentation


def without_splits(root):
    for kind in ("images", "masks"):
        for split in ("train", "val"):
            for file in (root / kind / split).iterdir():
                file.rename(root / kind / file.name)
            (root / kind / split).rmdir()


def test_images_without_split_folders_are_for_training(root):
    without_splits(root)
    split = open_segmentation(str(root), "train")
    assert len(split) == 3
    assert f"split 'train' is all images of {root}/images" in split.notes
    with pytest.raises(ValueError, match=r"images has no sub-folders .* no split 'val'; expected"):
        open_segmentation(str(root), "val")


def test_a_folder_without_images_is_refused(root):
    shutil.rmtree(root / "images")
    (root / "images").mkdir()
    with pytest.raises(ValueError, match=r"images has no sub-folders for splits, .* expected ROOT"):
        open_segmentation(str(root), "train")
