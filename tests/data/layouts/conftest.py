import pytest

from ..conftest import picture
from .mask_data import grid, pair
from .voc_data import OBJECT, XML


@pytest.fixture
def root(tmp_path):
    """ROOT/{images,masks}/{train,val}/*: two training pairs and one validation pair."""
    pair(tmp_path, "train", "a", grid(1, 1, 255))
    pair(tmp_path, "train", "b", grid(3), "P")
    pair(tmp_path, "val", "c", grid(1, 3))
    return tmp_path


@pytest.fixture
def voc(tmp_path):
    """Pascal VOC's folders: three training images and one validation image."""
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (tmp_path / folder).mkdir(parents=True)
    objects = {
        "a": [("cow", 0, 1, 1, 30, 20), ("ant", 1, 5, 6, 10, 12)],
        "b": [("cow", 0, 7, 7, 7, 7), ("cow", 0, 0, 0, 3, 3)],
        "c": [],
        "d": [("dog", 0, 1, 1, 3, 3)],
    }
    for name, entries in objects.items():
        picture((30, 20)).save(tmp_path / f"JPEGImages/{name}.jpg")
        content = XML.format("".join(OBJECT.format(*entry) for entry in entries))
        (tmp_path / f"Annotations/{name}.xml").write_text(content)
    (tmp_path / "ImageSets/Main/train.txt").write_text("a  1\nb -1\nc\n")
    (tmp_path / "ImageSets/Main/val.txt").write_text("d\n")
    return tmp_path
