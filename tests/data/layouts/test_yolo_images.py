from pathlib import Path

import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.report.inspecting import inspect_splits

from .yolo_data import BOX, image, write


def opened(root: Path, entries: str, split: str = "train") -> ObjectSplit:
    (root / "data.yaml").write_text(f"names: [a]\n{entries}\n")
    return open_detection(str(root), split)


@pytest.fixture
def root(tmp_path):
    return write(tmp_path / "pets", BOX, BOX)


def test_roboflow(tmp_path):
    root = tmp_path / "pets"
    for split in ("train", "valid"):
        image(root / split / "images/a.jpg", root / split / "labels/a.txt", BOX)
        image(tmp_path / split / "images/other.jpg")  # of another data set beside this one
    entries = "train: ../train/images\nval: ../valid/images\ntest: ../test/images"
    for split, folder in (("train", "train"), ("val", "valid")):
        part = opened(root, entries, split)
        assert [part.source(i) for i in range(len(part))] == [str(root / folder / "images/a.jpg")]
        assert part.labels(0) == [0]
        assert part.notes == ("1 objects, 0 of them crowds or difficult",)
    with pytest.raises(
        FileNotFoundError,
        match=rf"data\.yaml: test: \.\./test/images: no such .* looked in {root}; correct the",
    ):
        opened(root, entries, "test")


@pytest.mark.parametrize(
    "entries",
    [
        "train: images/train",
        "train: ./images/train/",
        "path: .\ntrain: [images/train]",
        "path: images\ntrain: train",
        "path: images\ntrain: images/train",
        "path: ../pets\ntrain: images/train",
        "train: [images/train, images]",
        "train: lists/train.txt",
    ],
)
def test_entries(root, entries):
    (root / "lists").mkdir()
    (root / "lists/train.txt").write_text("./images/train/0.jpg\n\nimages/train/1.jpg\n")
    split = opened(root, entries)
    assert [Path(split.source(i)).name for i in range(2)] == ["0.jpg", "1.jpg"]
    assert [split.labels(i) for i in range(2)] == [[0], [0]]
    repeats = ["2 images of split 'train' are listed more than once: used once"]
    assert list(split.notes[:-1]) == (repeats if ", images]" in entries else [])


@pytest.mark.parametrize("where", ["/content/pets", r"C:\Users\me\pets", "../datasets/pets"])
def test_paths_of_another_machine(root, where):
    split = opened(root, f"path: {where}\ntrain: images/train")
    assert split.notes[0] == f"{root}/data.yaml: path: {where}: no such folder; {root} is used"
    entry = f"{where}/images/train"
    split = opened(root, f"train: {entry}")
    assert split.source(0) == str(root / "images/train/0.jpg")
    assert split.notes[0] == f"{root}/data.yaml: train: {entry}: {root}/images/train is used"


def test_lists_of_another_machine(root):
    lines = ["/content/pets/images/train/0.jpg", r"C:\pets\images\train\1.jpg", "images/2.jpg"]
    (root / "train.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    split = opened(root, "train: train.txt")
    assert split.source(1) == str(root / "images/train/1.jpg")
    note = f"2 paths of {root}/train.txt are of other folders: found by their ends"
    assert note in split.notes
    assert not [note for note in split.notes if "label" in note]
    (fault,) = inspect_splits({"train": split}).splits["train"].unusable
    assert fault.file == str(root / "images/2.jpg")
    assert fault.reason == f"{root}/train.txt, line 3: no such file; looked in {root}"


@pytest.mark.parametrize("where", ["../other/images", "{}/other/images"])
def test_images_outside_are_noted(root, tmp_path, where):
    image(tmp_path / "other/images/a.jpg", tmp_path / "other/labels/a.txt", BOX)
    entry = where.format(tmp_path)
    split = opened(root, f"train: {entry}")
    assert split.labels(0) == [0]
    place = root / entry
    assert split.notes[0] == f"{root}/data.yaml: train: {entry}: this is {place}, outside {root}"


def test_nothing_to_read(root):
    (root / "labels/empty.txt").write_text("\n\n")
    for entry, message in (
        ("labels/train", r"labels/train has no images; found '0\.txt', '1\.txt'"),
        ("labels/empty.txt", r"labels/empty\.txt: it lists no images; expected one image per line"),
        ("data.yaml", r"train: data\.yaml: expected a folder, or a \.txt file with one image per"),
    ):
        with pytest.raises(ValueError, match=message):
            opened(root, f"train: {entry}")
