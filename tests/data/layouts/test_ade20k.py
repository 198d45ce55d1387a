import pytest

from cyclemlp.data.layouts.finding import open_segmentation

from .mask_data import grid, save_mask, save_picture


def test_released_layout(tmp_path):
    for split, values in (("training", grid(1, 2)), ("validation", grid(2))):
        save_picture(tmp_path / "images" / split / "ADE_1.jpg")
        save_mask(tmp_path / "annotations" / split / "ADE_1.png", values)
    train = open_segmentation(str(tmp_path), "train")
    assert train.classes == ("class_0", "class_1")
    assert train[0].target.flatten()[:3].tolist() == [0, 1, 255]
    lines = "Idx\tRatio\tTrain\tVal\tName\n1\t0.15\t11664\t1172\twall\n2\t0.1\t9\t8\tbed, cot\n"
    (tmp_path / "objectInfo150.txt").write_text(lines)
    val = open_segmentation(str(tmp_path), "val")
    assert val.classes == ("wall", "bed")
    assert val.notes == ("split 'val' is read from 'validation'",)
    assert val[0].target.flatten()[:2].tolist() == [1, 255]


def test_255_is_ignored(tmp_path):
    save_picture(tmp_path / "images/training/a.jpg")
    save_mask(tmp_path / "annotations/training/a.png", grid(1, 2, 255))
    expected = [0, 1, 255, 255]
    found = open_segmentation(str(tmp_path), "train")
    assert found.classes == ("class_0", "class_1")
    assert found[0].target.flatten()[:4].tolist() == expected
    given = open_segmentation(str(tmp_path), "train", ("wall", "bed"))
    assert given[0].target.flatten()[:4].tolist() == expected
    many = open_segmentation(str(tmp_path), "train", [f"thing {i}" for i in range(255)])
    assert many[0].target.flatten()[:4].tolist() == [0, 1, 254, 255]  # 255 is a class here
    (tmp_path / "objectInfo150.txt").write_text("1 0.1 1 1 wall\n2 0.1 1 1 bed\n")
    named = open_segmentation(str(tmp_path), "train")
    assert named.classes == ("wall", "bed")
    assert named[0].target.flatten()[:4].tolist() == expected


def test_masks_of_0_and_1_are_refused_with_a_remedy(tmp_path):
    save_picture(tmp_path / "images/train/a.png")
    save_mask(tmp_path / "annotations/train/a.png", grid(1, 1))
    told = (
        r"besides 0 and 255, .* hold only 1; .* rename the folder annotations to masks, or define"
    )
    with pytest.raises(ValueError, match=told):
        open_segmentation(str(tmp_path), "train")
    (tmp_path / "annotations").rename(tmp_path / "masks")
    assert open_segmentation(str(tmp_path), "train").classes == ("background", "object")
