import pytest

from cyclemlp.data.layouts.finding import open_segmentation

from ...conftest import picture


def test_masks_without_values_are_refused(root):
    for file in (root / "masks/train").iterdir():
        picture((6, 4)).save(file)
    with pytest.raises(ValueError, match=r"masks/train/.\.png: mode RGB is not an index mask"):
        open_segmentation(str(root), "train")
    for file in (root / "masks/train").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match=r"masks/train has no masks; expected ROOT/images"):
        open_segmentation(str(root), "train")
