from pathlib import Path

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits

from ..conftest import picture
from .coco_data import box, write


def test_images_that_do_not_match_the_file(tmp_path):
    write(tmp_path, [box(1, 99, 3, 1, 1, 2, 2), box(1, 0, 3, 1, 1, 2, 2)])
    folder = tmp_path / "images/train"
    (folder / "0.jpg").unlink()
    picture((20, 20)).save(folder / "1.jpg")
    picture().save(folder / "more.png")
    split = open_detection(str(tmp_path), "train")
    part = inspect_splits({"train": split}).splits["train"]
    assert [(Path(f.file).name, f.reason) for f in part.unusable] == [
        ("0.jpg", "no such file"),
        (
            "1.jpg",
            "its annotations are for an image of 30 × 20 pixels, but it has 20 × 20",
        ),
    ]
    assert (
        "1 annotations belong to images that instances_train.json does not list: left out"
    ) in part.notes
    assert f"1 images in {folder} are not in instances_train.json: 'more.png'" in part.notes
    assert (
        "1 annotation ids of instances_train.json are used more than once: all are kept"
    ) in part.notes
