from pathlib import Path

import pytest

from cyclemlp.data.layouts.common.image_search import ImageSearch, last_parts


def search(root: Path, names, *files: str) -> list[Path | None]:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    found = ImageSearch(root, (), names)
    return [found.find(name) for name in names]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a/b c.jpg", ("b c.jpg",)),
        (r"C:\a\b#1.jpg", ("b#1.jpg",)),
        ("a%20b.jpg", ("a%20b.jpg",)),
        ("http://h/a%20b.jpg?x=/y.png", ("a%20b.jpg", "a b.jpg")),
        ("/data/local-files/?d=a%2Fb.jpg", ("a%2Fb.jpg", "b.jpg")),
    ],
)
def test_last_parts(name, parts):
    assert last_parts(name) == parts


def test_a_name_is_found_by_its_last_part_where_it_is_unique(tmp_path):
    assert search(tmp_path, ["x/a.JPG"], "deep/a.jpg") == [tmp_path / "deep/a.jpg"]
    assert search(tmp_path, ["/x/a.jpg"], "a.jpg") == [None]  # two images
    assert search(tmp_path, ["x/b.jpg", "y/b.jpg"], "b.jpg") == [
        tmp_path / "x/b.jpg",
        tmp_path / "y/b.jpg",
    ]  # two names


def test_a_name_that_is_too_long_is_not_found(tmp_path):
    name = "data:image/png;base64," + "A" * 9999
    assert search(tmp_path, [name]) == [tmp_path / name]
