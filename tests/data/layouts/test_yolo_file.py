import pytest

from cyclemlp.data.layouts.finding import open_detection

from .yolo_data import BOX, write

SPLITS = "train: images/train\n"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("names: [cat, dog]", ("cat", "dog")),
        ("names:\n- cat\n- dog\n", ("cat", "dog")),
        ("names:\n  0: cat\n  1: dog\n", ("cat", "dog")),
        ("names: {1: dog, 0: cat}\nnc: 2", ("cat", "dog")),
        ("names: {0: cat, 7: dog}\nnc: 8", ("cat", "dog")),
        ("names: [no, 7, null, ' a b ']\nnc: 4", ("no", "7", "null", "a b")),
        ("names: [cat]\r\nnc:\r\nval: ~\r\ntest:\r\ndownload: |\r\n  print()\r\n", ("cat",)),
        ("names: [!!python/object/apply:os.abort cat]", ("cat",)),
    ],
)
def test_names(tmp_path, names, expected):
    write(tmp_path, BOX)
    (tmp_path / "data.yaml").write_bytes(b"\xef\xbb\xbf" + f"{SPLITS}{names}".encode())
    assert open_detection(str(tmp_path), "train").classes == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('names: {"0": a, "00": b}\n', "names has a number twice, written as 0, 00"),
        ("names: [a, b]\nnc: 3\n", "nc is '3', but there are 2 names; make nc the number"),
        ("names: {a: 0, b: 1}\n", "names is a list of class names, or a map from 0, 1, 2, .*"),
        ("names: cat\n", "names is a list of class names, or a map from 0, 1, 2, .*, got 'cat'"),
        ("nc: 2\n", "names is a list of class names, .*, got None"),
        ("names: []\n", r"names is a list of class names, .*, got \[\]"),
        ("names: [a, '']\n", "the name of class 1 is text, got ''"),
        ("names: [a]\npath: [b]\n", r"path is a folder, got \['b'\]"),
        ("names: [a]\nval: {a: b}\n", "val is a folder, a list file or several of them, got {'a'"),
        (
            "names: [a]\nkpt_shape: 17\n",
            r"kpt_shape is the number of key points and of the .*, got",
        ),
        ("names: [a\n", "not YAML: line 3: "),
        ("names: [a]\n? {b: c}\n: d\n", "not YAML: line 3: "),
        ("names: " + "[" * 300_000, "not readable as YAML: too deeply nested"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_wrong_descriptions_are_refused(tmp_path, content, message):
    write(tmp_path, BOX)
    file = tmp_path / "data.yaml"
    content = content if isinstance(content, bytes) else (SPLITS + content).encode()
    file.write_bytes(content)
    with pytest.raises(ValueError, match=rf"^{file}: {message}"):
        open_detection(str(tmp_path), "train")


def test_missing_splits(tmp_path):
    write(tmp_path, BOX, yaml="names: [a]\ntrain: images/train\nval:\n")
    with pytest.raises(ValueError, match=r"data\.yaml has no split 'val'; it has 'train'; add it"):
        open_detection(str(tmp_path), "val")
    write(tmp_path, yaml="names: [a]\ntrain: images/train\nvalid: images/train\n")
    assert "split 'val' is read from 'valid'" in open_detection(str(tmp_path), "val").notes


def test_another_yaml_file_is_no_description(tmp_path):
    (tmp_path / "data.yaml").write_text("a: b\n")
    with pytest.raises(ValueError, match=r"not a detection data set: .*YOLO's ROOT/data\.yaml"):
        open_detection(str(tmp_path), "train")
