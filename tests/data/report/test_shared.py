from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.shared import shared_images


def test_images_of_two_splits_are_noted(folders):
    names = {"train": "train", "val": "val", "test": "train"}
    splits = {name: ClassFolder(folders / folder, name) for name, folder in names.items()}
    notes = {name: part.notes for name, part in inspect_splits(splits).splits.items()}
    learned = ", so that metrics on them say little about new images"
    assert notes == {
        "train": (),
        "val": (),
        "test": (f"all 12 images are also in split 'train'{learned}",),
    }


def test_links_lead_to_the_same_image(folders):
    for number in range(2):
        link = folders / f"val/cat/link{number}.png"
        link.symlink_to(folders / f"train/cat/{number}.png")
    splits = {name: ClassFolder(folders / name, name) for name in ("train", "val")}
    report = inspect_splits(splits)
    (note,) = report.splits["val"].notes
    assert note.startswith("2 of 6 images are also in split 'train', so that ")
    assert report.ok
    (note,) = inspect_splits({"val": splits["val"], "train": splits["train"]}).splits["train"].notes
    assert note == "2 of 12 images are also in split 'val'"


def test_splits_that_name_no_files_are_not_compared(folders, monkeypatch):
    split = ClassFolder(folders / "train", "train")
    monkeypatch.setattr(ClassFolder, "has_files", False)
    monkeypatch.setattr(ClassFolder, "source", None)
    assert shared_images({"train": split, "val": split}) == {"train": (), "val": ()}
