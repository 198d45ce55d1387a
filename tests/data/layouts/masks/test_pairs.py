import pytest

from cyclemlp.data.layouts.finding import open_segmentation

from ..mask_data import grid, save_mask, save_picture


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


@pytest.mark.parametrize("folder", ["masks", "images"])
def test_further_masks_of_an_image_are_told(tmp_path, folder):
    for number in range(2):
        save_picture(tmp_path / f"images/{number}.png")
        save_mask(tmp_path / f"{folder}/{number}_mask.png", grid(255))
    save_mask(tmp_path / f"{folder}/1_mask_1.png", grid(0, 255))
    place = tmp_path if folder == "masks" else tmp_path / "images"
    split = open_segmentation(str(place), "train")
    (stray,) = split.strays
    assert (len(split), stray.file) == (2, str(tmp_path / f"{folder}/1_mask_1.png"))
    assert stray.reason.startswith("a further mask of an image, which has one; draw all of them")
