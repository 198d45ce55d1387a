import pytest

from cyclemlp.data.layouts.finding import open_detection

from ..conftest import picture
from .coco_data import edit, write


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("images/train/deep", "deep/0.jpg"),
        ("images/train/deep", r"deep\0.jpg"),
        ("images/train", "images/train/0.jpg"),
        ("images/train", r"train\0.jpg"),
    ],
)
def test_file_names_may_be_relative_to_several_folders(tmp_path, place, name):
    write(tmp_path, [])
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / "images/train/0.jpg").rename(tmp_path / place / "0.jpg")
    edit(tmp_path, images=[{"id": 1, "file_name": name}])
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(tmp_path / place / "0.jpg")
    assert not [note for note in split.notes if "'0.jpg'" in note]


def test_a_file_name_stays_in_the_data_set(tmp_path):
    write(tmp_path, [], images=1)
    names = ("../../secret.png", r"..\..\secret.png", "/secret.png")
    edit(tmp_path, images=[{"id": i, "file_name": name} for i, name in enumerate(names)])
    split = open_detection(str(tmp_path), "train")
    for index in range(3):
        assert split.fault(index) == (
            f"its file_name leads out of the data set's folder, {tmp_path}"
        )


@pytest.mark.parametrize(
    "name", [r"C:\Users\me\0.jpg", "/home/me/0.jpg", "other/0.jpg", "../../0.jpg", r"\\share\0.jpg"]
)
@pytest.mark.parametrize("place", ["", "deep"])
def test_an_image_of_another_folder_is_found_by_the_last_part(tmp_path, place, name):
    write(tmp_path, [])
    folder = tmp_path / "images/train"
    (folder / place).mkdir(exist_ok=True)
    (folder / "0.jpg").rename(folder / place / "0.jpg")
    edit(tmp_path, images=[{"id": 1, "file_name": name}, {"id": 2, "file_name": "1.jpg"}])
    split = open_detection(str(tmp_path), "train")
    assert split.source(0) == str(folder / place / "0.jpg")
    assert split.fault(0) is None
    note = f"1 images are found in {folder} by the last part of their name, such as {name!r}"
    assert note in split.notes


def test_a_last_part_that_is_not_unique_is_not_used(tmp_path):
    write(tmp_path, [])
    (tmp_path / "images/train/deep").mkdir()
    picture().save(tmp_path / "images/train/deep/0.jpg")
    names = ("x/0.jpg", "x/1.jpg", "y/1.jpg", "x/9.jpg")
    edit(tmp_path, images=[{"id": i, "file_name": name} for i, name in enumerate(names)])
    split = open_detection(str(tmp_path), "train")
    assert [split.source(index) for index in range(4)] == [
        str(tmp_path / "images/train" / name) for name in names
    ]
    assert [split.fault(index) for index in range(4)] == ["no such file"] * 4
    assert not [note for note in split.notes if "last part" in note]
