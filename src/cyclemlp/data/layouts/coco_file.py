"""Reading a COCO annotation file: the three lists, with the required keys checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from cyclemlp.data.layouts.common.text_files import read_json
from cyclemlp.data.messages import shortened

Entry = dict[str, Any]
"""An image, annotation or category of the file."""


class _Kind(NamedTuple):
    what: str
    test: Callable[[Any], bool]


def is_whole(value: Any) -> bool:
    """Return whether an id is a whole number; tables export 2.0, web tools export "2"."""
    if type(value) is str:
        return value.isdecimal() and len(value) < 19
    return type(value) is int or (type(value) is float and value.is_integer())


_ID = _Kind("a whole number", is_whole)
_TEXT = _Kind("text", lambda value: isinstance(value, str) and value.strip() != "")
_REQUIRED: dict[str, dict[str, _Kind]] = {
    "images": {"id": _ID, "file_name": _TEXT},
    "annotations": {"image_id": _ID, "category_id": _ID},
    "categories": {"id": _ID, "name": _TEXT},
}
"""The required keys of each list's entries."""


def read_coco(file: Path) -> dict[str, list[Entry]]:
    """Read the lists ``images``, ``annotations`` and ``categories``; ids become integers.

    Images whose ids are text, such as names of files, are numbered.

    Raises:
        ValueError: the file is not in COCO's format; the message says where.
    """
    content = read_json(file)
    if not isinstance(content, dict):
        content = {}
    lists = {key: found for key, found in content.items() if isinstance(found, list)}
    _refuse_panoptic(file, lists.get("annotations", []))
    _number_images(lists.get("images", []), lists.get("annotations", []))
    for key, kinds in _REQUIRED.items():
        entries = content.get(key)
        if not isinstance(entries, list):
            raise ValueError(f"{file}: not in COCO's format: it has no list {key!r}")
        for number, entry in enumerate(entries):
            _check_entry(f"{file}: {key}[{number}]", entry, kinds)
    return content


def _refuse_panoptic(file: Path, annotations: list[Any]) -> None:
    if annotations and isinstance(annotations[0], dict) and "segments_info" in annotations[0]:
        raise ValueError(
            f"{file}: panoptic annotations (segments_info) are not supported; give the file of "
            "instances, or index masks"
        )


def _number_images(images: list[Any], annotations: list[Any]) -> None:
    """Replace ids that are text, and not numbers as text, by numbers from 1."""
    ids = [image.get("id") for image in images if isinstance(image, dict)]
    if all(map(is_whole, ids)) or not all(isinstance(value, str) and value for value in ids):
        return
    numbers = {text: number for number, text in enumerate(dict.fromkeys(ids), start=1)}
    for image in images:
        if isinstance(image, dict):
            image["id"] = numbers[image["id"]]
    for one in annotations:
        if isinstance(one, dict) and "image_id" in one:
            # 0: an image that is not listed
            one["image_id"] = numbers.get(str(one["image_id"]), 0)


def _check_entry(where: str, entry: Any, kinds: dict[str, _Kind]) -> None:
    for name, kind in kinds.items():
        if not isinstance(entry, dict) or name not in entry:
            raise ValueError(f"{where} has no {name!r}")
        if not kind.test(entry[name]):
            raise ValueError(f"{where}: {name!r} is {kind.what}, got {shortened(entry[name])}")
        if kind is _ID:
            entry[name] = int(entry[name])


def listed_images(file: Path, images: list[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
    """Return each image once, and a note if some are listed more than once.

    Raises:
        ValueError: there are no images, or two images have the same id.
    """
    first: dict[int, Entry] = {}
    repeats = 0
    for image in images:
        other = first.setdefault(image["id"], image)
        if other["file_name"] != image["file_name"]:
            raise ValueError(
                f"{file}: the image id {image['id']} is used for two images, "
                f"{other['file_name']} and {image['file_name']}; ids must be distinct"
            )
        repeats += other is not image
    if not first:
        raise ValueError(f"{file}: it lists no images")
    note = f"{repeats} images of {file.name} are listed more than once"
    return list(first.values()), ((note,) if repeats else ())


def repeated(values: Iterable[Any]) -> list[Any]:
    """Return the values that occur more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
