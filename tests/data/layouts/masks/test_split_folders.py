import shutil

import pytest

from cyclemlp.data.layouts.finding import open_segmentation


def test_images_without_split_folders_are_refused(root):
    for file in (root / "images/train").iterdir():
        file.rename(root / "images" / file.name)
    for split in ("train", "val"):
        shutil.rmtree(root / "images" / split)
    with pytest.raises(ValueError, match=r"images has no sub-folders for splits; expected ROOT"):
        open_segmentation(str(root), "train")
