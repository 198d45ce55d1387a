import pytest

from cyclemlp.data.layouts.finding import open_segmentation

from .mask_data import grid, save_mask, save_picture

CITY = "aachen/aachen_000000_000019"


@pytest.mark.parametrize(
    ("kind", "values"), [("TrainIds", (0, 18, 255)), ("Ids", (7, 33, 4)), ("both", (0, 18, 255))]
)
def test_released_layout(tmp_path, kind, values):
    save_picture(tmp_path / f"leftImg8bit/train/{CITY}_leftImg8bit.png")
    place = tmp_path / "gtFine/train"
    save_mask(place / f"{CITY}_gtFine_instanceIds.png", grid(26001), "I;16")
    if kind != "TrainIds":
        save_mask(place / f"{CITY}_gtFine_labelIds.png", grid(7, 33, 4))
    if kind != "Ids":
        save_mask(place / f"{CITY}_gtFine_labelTrainIds.png", grid(*values))
    split = open_segmentation(str(tmp_path), "train")
    assert len(split) == 1
    assert not split.strays
    assert (split.classes[0], split.classes[18]) == ("road", "bicycle")
    assert split.colors[0] == (128, 64, 128)
    assert split.notes == ("no classes.json, so the classes are the benchmark's 19",)
    assert split[0].target.flatten()[:3].tolist() == [0, 18, 255]
