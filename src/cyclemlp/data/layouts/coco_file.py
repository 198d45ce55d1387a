"""The content of a COCO annotation file, checked: pictures, annotations, categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cyclemlp.data.layouts.folders import read_json
from cyclemlp.data.split import label_map, shortened


class _Kind(NamedTuple):
    what: str
    test: Callable[[Any], bool]


def is_whole(value: Any) -> bool:
    """Whether an id is a whole number, also as tables (2.0) and web tools ("2") export it."""
    if type(value) is str:
        return value.isdecimal() and len(value) < 19
    return type(value) is int or (type(value) is float and value.is_integer())


_ID = _Kind("a whole number", is_whole)
_TEXT = _Kind("text", lambda value: isinstance(value, str) and value.strip() != "")
_NEEDED: dict[str, dict[str, _Kind | None]] = {
    "images": {"id": _ID, "file_name": _TEXT},
    "annotations": {"image_id": _ID, "category_id": _ID, "bbox": None},
    "categories": {"id": _ID, "name": _TEXT},
}
"""What no entry of a list may lack."""


def read_coco(file: Path) -> dict[str, list[dict[str, Any]]]:
    """The three lists of a file; ids are whole numbers, whatever they were written as.

    Raises:
        ValueError: another format; the message says where.
    """
    content = read_json(file)
    if not isinstance(content, dict):
        content = {}
    for key, kinds in _NEEDED.items():
        entries = content.get(key)
        if not isinstance(entries, list):
            raise ValueError(f"{file}: not in COCO's format: it has no list {key!r}")
        for number, entry in enumerate(entries):
            _check_entry(f"{file}: {key}[{number}]", entry, kinds)
    return content


def _check_entry(where: str, entry: Any, kinds: dict[str, _Kind | None]) -> None:
    for name, kind in kinds.items():
        if not isinstance(entry, dict) or name not in entry:
            raise ValueError(f"{where} has no {name!r}")
        if kind is not None and not kind.test(entry[name]):
            raise ValueError(f"{where}: {name!r} is {kind.what}, got {shortened(entry[name])}")
        if kind is _ID:
            entry[name] = int(entry[name])


def labels_of(
    file: Path,
    categories: list[dict[str, Any]],
    annotations: list[dict[str, Any]],
    classes: Sequence[str] | None,
) -> tuple[dict[int, int], tuple[str, ...], tuple[int, ...]]:
    """Labels by category id, the classes' names, and a category id for each.

    Categories of one name are one class. One that has no object may be none of `classes`.

    Raises:
        ValueError: none at all, one id of two categories, or a class that is none of `classes`.
    """
    if not categories:
        raise ValueError(f"{file}: it has no categories, which are the classes to tell apart")
    twice = repeated(category["id"] for category in categories)
    if twice:
        raise ValueError(
            f"{file}: several categories have the id {twice[0]}; ids have to be distinct"
        )
    by_id: dict[int, str] = {category["id"]: category["name"] for category in categories}
    own = tuple(dict.fromkeys(by_id[number] for number in sorted(by_id)))
    if classes is not None:
        used = {by_id.get(annotation["category_id"]) for annotation in annotations}
        label_map(str(file), [name for name in own if name in used], classes)
    names = own if classes is None else tuple(classes)
    places = {name: label for label, name in enumerate(names)}
    numbers = {number: places[name] for number, name in by_id.items() if name in places}
    first = {label: number for number, label in sorted(numbers.items(), reverse=True)}
    free = iter(number for number in range(1, 1 << 31) if number not in by_id)
    ids = tuple(first[label] if label in first else next(free) for label in range(len(names)))
    return numbers, names, ids


def listed_pictures(
    file: Path, images: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Each picture once, and a note on those listed twice.

    Raises:
        ValueError: none at all, or one id of two pictures.
    """
    first: dict[Any, dict[str, Any]] = {}
    repeats = 0
    for image in images:
        other = first.setdefault(image["id"], image)
        if other["file_name"] != image["file_name"]:
            raise ValueError(
                f"{file}: the image id {image['id']} is of two pictures, "
                f"{other['file_name']} and {image['file_name']}; ids have to be distinct"
            )
        repeats += other is not image
    if not first:
        raise ValueError(f"{file}: it lists no pictures at all")
    note = f"{repeats} pictures of {file.name} are listed more than once"
    return list(first.values()), ((note,) if repeats else ())


def repeated(values: Iterator[Any]) -> list[Any]:
    """Those that come more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
