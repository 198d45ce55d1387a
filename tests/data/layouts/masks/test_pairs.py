import pytest

from cyclemlp.data.layouts.finding import open_segmentation


def test_names_without_pairs_are_shown(root):
    for file in (root / "masks/train").iterdir():
        file.rename(file.with_stem(f"{file.stem}_1"))
    with pytest.raises(ValueError, match=r"2 images such as a\.jpg, 2 masks such as a_1\.png"):
        open_segmentation(str(root), "train")


def test_linked_folders_are_followed(root):
    for kind in ("images", "masks"):
        (root / kind / "train").rename(root / f"{kind}-elsewhere")
        (root / kind / "train").mkdir()
        (root / kind / "train/deep").symlink_to(root / f"{kind}-elsewhere")
    assert len(open_segmentation(str(root), "train")) == 2
