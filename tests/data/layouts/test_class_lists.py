import pytest

from cyclemlp.data.layouts.dividing import divided, part_of
from cyclemlp.data.layouts.finding import open_classification, open_detection
from cyclemlp.data.report.inspecting import inspect_splits

from ..conftest import picture


@pytest.fixture
def listed(tmp_path):
    """Images a.jpg to f.jpg without a list."""
    for name in "abcdef":
        picture((8, 6)).save(tmp_path / f"{name}.jpg")
    return tmp_path


def write(root, content: str) -> str:
    (root / "labels.csv").write_bytes(content.encode())
    return str(root)


def targets(split) -> dict[str, int]:
    return {split.source(i).rpartition("/")[2]: split[i].target for i in range(len(split))}


def test_images_and_labels(listed):
    data = write(listed, "image,label\na.jpg,dog\nb.jpg,big cat\nc.jpg,dog\n")
    split = open_classification(data, "train")
    assert split.classes == ("big cat", "dog")
    assert targets(split) == {"a.jpg": 1, "b.jpg": 0, "c.jpg": 1}
    assert split.notes == ("3 images are not in labels.csv: 'd.jpg', 'e.jpg', 'f.jpg'",)
    again = open_classification(data, "train", ("dog", "cow", "big cat"))
    assert targets(again) == {"a.jpg": 0, "b.jpg": 2, "c.jpg": 0}
    with pytest.raises(ValueError, match=r"labels\.csv has unknown classes: 'big cat'"):
        open_classification(data, "train", ("dog", "cow"))
    with pytest.raises(ValueError, match="looks like a list of classes: --task classify"):
        open_detection(data, "train")


def test_a_column_of_splits_and_other_columns_in_any_order(listed):
    data = write(
        listed,
        "\ufeffLabel;width;Split;Image\r\n2;8;train;a.jpg\r\n\r\n10;8;Train; b.jpg \r\n"
        '1;8;VALID;"c.jpg"\r\n2;8;test;d.jpg\r\n10;8;test;e.jpg\r\n1;8;train;f.jpg\r\n',
    )
    train, val, test = (open_classification(data, name) for name in ("train", "val", "test"))
    assert train.classes == val.classes == ("1", "2", "10")
    assert targets(train) == {"a.jpg": 1, "b.jpg": 2, "f.jpg": 0}
    assert targets(val) == {"c.jpg": 0}
    assert val.notes == ("split 'val' is read from 'valid'",)
    assert targets(test) == {"d.jpg": 1, "e.jpg": 2}


def test_without_splits_validation_is_refused_or_divided(listed):
    data = write(listed, "image,label\na.jpg,x\nb.jpg,x\nc.jpg,x\nd.jpg,y\ne.jpg,y\nf.jpg,y\n")
    with pytest.raises(
        ValueError,
        match=r"labels\.csv has no column 'split', .* no split 'val'; add the column",
    ):
        open_classification(data, "val")
    whole, division = divided(open_classification, data, 0.3)
    train, val = (part_of(whole, data, division, name) for name in ("train", "val"))
    assert (len(train), sorted(targets(val).values())) == (4, [0, 1])
    assert not targets(train).keys() & targets(val).keys()
    assert inspect_splits({"train": train, "val": val}).ok


def test_names_as_people_have_them(listed):
    (listed / "images/deep").mkdir(parents=True)
    (listed / "b.jpg").rename(listed / "images/b.jpg")
    (listed / "c.jpg").rename(listed / "images/deep/c d.JPG")
    data = write(
        listed,
        "image,label\n./a.jpg,x\nb.jpg,x\nC:\\photos\\c d.JPG,y\n/home/me/d.jpg,y\ne,x\n"
        "images\\b.jpg,x\n",
    )
    split = open_classification(data, "train")
    assert targets(split) == {"a.jpg": 0, "b.jpg": 0, "c d.JPG": 1, "d.jpg": 1, "e.jpg": 0}
    assert split.notes == (
        "1 lines of labels.csv repeat an image: each counts once",
        "3 images of labels.csv are found by the last part of their names",
        "1 images are not in labels.csv: 'f.jpg'",
    )


def test_faults_are_named(listed):
    (listed / "d.jpg").write_bytes(b"")
    data = write(listed, "image,label\na.jpg,x\nb.jpg,\n,y\nnowhere.jpg,y\nd.jpg,x\nc.jpg,y\n,\n")
    split = open_classification(data, "train")
    report = inspect_splits({"train": split}).splits["train"]
    assert [(fault.file, fault.reason) for fault in report.unusable] == [
        (f"{listed}/nowhere.jpg", "no such file"),
        (f"{listed}/d.jpg", "empty file"),
        (f"{listed}/labels.csv", "line 3: no label"),
        (f"{listed}/labels.csv", "line 4: no image"),
    ]
    assert report.counts == {"x": 1, "y": 1}


def test_a_line_without_a_split_is_a_fault_of_training(listed):
    data = write(listed, "image,label,split\na.jpg,x,training\nb.jpg,x,val\nc.jpg,x\n")
    train, val = (open_classification(data, name) for name in ("train", "val"))
    assert [fault.reason for fault in train.strays] == ["line 4: no split"]
    assert val.strays == ()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", r": empty; expected the header image,label"),
        ("image,label\n", ": no line follows the header"),
        ("a.jpg,x\nb.jpg,y\n", ": no column 'image', 'label' in the first line; .* found 'a.jpg'"),
        ("image,class\na.jpg,y\n", ": no column 'label' in the first line; .* 'image', 'class'"),
        (
            "image,label\na.jpg,x\na.jpg,y\n",
            ", lines 2 and 3: the image 'a.jpg' has the labels 'x' and 'y'; an image has one label",
        ),
        (
            "image,label,split\na.jpg,x,train\na.jpg,x,val\n",
            ", lines 2 and 3: the image 'a.jpg' has the splits 'train' and 'val'; an image has one",
        ),
        (
            'image,label\na.jpg,x\nb.jpg,y\nc.jpg,"y, x"\n',
            r", line 4: the label 'y, x' names several classes; class",
        ),
        ("image,label\na.jpg,x|y\n", r", line 2: the label 'x\|y' names several classes; class"),
        ("image,label\na.jpg,\n", ": no line of split 'train' has an image and a label"),
        ("image,label,split\na.jpg,x,val\n", " has no split 'train'; it has 'val'; add it"),
    ],
)
def test_an_invalid_list_is_refused(listed, content, complaint):
    with pytest.raises(ValueError, match=rf"labels\.csv{complaint}"):
        open_classification(write(listed, content), "train")


def test_lists_of_other_machines(listed):
    rows = "Image\tLABEL\nC:\\pictures\\A.JPG\tÄ\nb\tö\n"
    (listed / "Labels.CSV").write_bytes(rows.encode("utf-16"))
    split = open_classification(str(listed), "train")
    assert [split.source(i) for i in range(2)] == [f"{listed}/{name}.jpg" for name in "ab"]
    assert split.classes == ("Ä", "ö")


def test_a_list_that_is_not_utf_8_is_refused(listed):
    (listed / "labels.csv").write_bytes("image,label\na.jpg,Straße\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"labels\.csv: not UTF-8: .*; save it as UTF-8"):
        open_classification(str(listed), "train")
