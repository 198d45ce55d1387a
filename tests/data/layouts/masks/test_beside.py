import pytest

from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.layouts.masks.beside import masks_among
from cyclemlp.data.layouts.recognizing import found_task, recognized

from ..mask_data import grid, save_mask, save_picture


@pytest.mark.parametrize("place", ["train/{}", "{}"])
def test_masks_in_class_folders_are_no_samples(tmp_path, place):
    for name in ("benign", "malignant"):
        for number in range(2):
            file = tmp_path / place.format(name) / f"{name} ({number}).png"
            save_picture(file)
            save_mask(file.with_stem(f"{file.stem}_mask"), grid(255))
    save_mask(tmp_path / place.format("benign") / "benign (0)_mask_1.png", grid(255))
    split = open_classification(str(tmp_path), "train")
    assert split.classes == ("benign", "malignant")
    assert [split.source(i)[-6:] for i in range(len(split))] == ["0).png", "1).png"] * 2
    assert [split[i].target for i in range(4)] == [0, 0, 1, 1]
    assert split.notes == (
        "5 masks of other images are left out, such as 'benign/benign (0)_mask.png'; --task "
        "segment uses them",
    )
    assert [found.tasks for found in recognized(str(tmp_path))] == [("segment",), ("classify",)]
    assert "choose another with --task classify" in found_task(str(tmp_path))[1]


def test_masks_are_known_by_their_images():
    assert masks_among(["cat/images/1.jpg", "cat/masks/1.png"]) == {"cat/masks/1.png"}
    assert masks_among(["cat/1.jpg", "cat/1_L_12.png"]) == {"cat/1_L_12.png"}
    assert masks_among(["cat/1_mask.png", "dog/1.png"]) == set()
    by_chance = ["cat/1.jpg", "cat/1_gt.jpg", "cat/2.jpg", "cat/3.jpg"]
    assert masks_among(by_chance) == set()
