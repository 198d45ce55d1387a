import io
import os

import pytest

from cyclemlp.bundle.predictions.finding import find_files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder: images and videos in nested folders, and a text."""
    for name in ("a.png", "b.JPG", "notes.txt", "deep/c.mp4", "deep/er/d.png", "x[1].png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*inputs):
    return [file.replace(os.sep, "/") for file in find_files(list(inputs))]


def test_a_named_file_may_have_any_suffix(folder):
    assert find_files(["notes.txt", "gone.jpg"]) == ["notes.txt", "gone.jpg"]
    assert find_files("notes.txt") == ["notes.txt"]


def test_a_folder_is_searched_for_images_and_videos(folder):
    (folder / "deep" / "e.png").symlink_to("nowhere.png")
    (folder / "deep" / "f.png").mkdir()
    (folder / "deep" / "._c.mp4").touch()
    (folder / "._a.png").touch()
    (folder / "@eaDir").mkdir()
    (folder / "@eaDir" / "a.png").touch()
    assert names(".") == ["a.png", "b.JPG", "deep/c.mp4", "deep/e.png", "deep/er/d.png", "x[1].png"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", ["a.png", "b.JPG", "deep/c.mp4", "deep/er/d.png", "x[1].png"]),
        ("**/*.png", ["a.png", "deep/er/d.png", "x[1].png"]),
        ("?.*", ["a.png", "b.JPG"]),
        ("deep/[cd].*", ["deep/c.mp4"]),
        ("x[1].png", ["x[1].png"]),  # an existing file is not a pattern
    ],
)
def test_patterns(folder, pattern, found):
    assert names(pattern) == found


def test_a_file_named_twice_is_given_once(folder):
    assert names("b.JPG", "*.png", "a.png") == ["b.JPG", "a.png", "x[1].png"]


def test_a_list_on_standard_input_may_have_folders(folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("b.JPG\r\n\ndeep\n*.png\n"))
    assert names("a.png", "-") == ["a.png", "b.JPG", "deep/c.mp4", "deep/er/d.png", "*.png"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("https://host/a.png", "https://host/a.png: predict opens files, and no addresses; down"),
        ("rtsp://camera/*", "rtsp://camera/.*: predict opens files, and no addresses"),
        ("", "an input is empty; give files, folders"),
        ("*.gif", r"no image or video matches \*\.gif; images end in .*\.png.*; videos in .*mp4"),
        ("empty", "there is no image or video in empty; images end in"),
    ],
)
def test_an_input_that_gives_no_file_is_named(folder, entry, message):
    (folder / "empty").mkdir()
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        find_files(["a.png", entry])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n\n", "standard input lists no file; - reads one path per line"),
        (b"\x89PNG\xff\xfe", "standard input is not text; - reads a list of files"),
        (b"text\0and more", "standard input is not text"),
        (b"a.png\nhttp://host/b.png\n", "http://host/b.png: predict opens files"),
    ],
)
def test_an_unusable_list_on_standard_input(folder, monkeypatch, content, message):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        find_files("-")


def test_an_unreadable_folder_is_named(folder, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refused)
    with pytest.raises(OSError, match=r"deep: cannot be searched \(Permission denied\); make the"):
        find_files("deep")
