import pytest

from cyclemlp.data.layouts.finding import open_detection

from .labelme_data import annotate, shape


@pytest.mark.parametrize("name", ["labels.txt", "classes.txt"])
def test_a_file_names_the_classes(tmp_path, name):
    annotate(tmp_path / "train/a.jpg", shape("cat"))
    text = "\ufeff__ignore__\r\n_background_\r\ndog \r\n\r\nbig cat\r\ncat\r\n"
    (tmp_path / name).write_bytes(text.encode())
    split = open_detection(str(tmp_path), "train")
    assert split.classes == ("dog", "big cat", "cat")
    assert split[0].target["labels"].tolist() == [2]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("cat\n\ncat\n", "line 3: the class 'cat' is already in line 1; remove one of them"),
        ("\n", "it names no class; expected one name per line"),
    ],
)
def test_unusable_files_of_names(tmp_path, text, complaint):
    annotate(tmp_path / "train/a.jpg", shape("cat"))
    (tmp_path / "labels.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"labels\.txt.*{complaint}"):
        open_detection(str(tmp_path), "train")


def test_shapes_without_classes_are_refused(tmp_path):
    annotate(tmp_path / "train/a.jpg")
    annotate(tmp_path / "train/b.jpg", 3)
    with pytest.raises(
        ValueError,
        match=r"its 2 JSON files have no shapes with labels; 1 of them cannot be read, the first: "
        r".*b\.json: shape 1 has no label, got 3",
    ):
        open_detection(str(tmp_path), "train")
