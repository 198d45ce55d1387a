"""COCO's JSON files of objects (Lin et al., "Microsoft COCO", ECCV 2014)."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from cyclemlp.data.folders import choose_split, is_system_file, read_json
from cyclemlp.data.images import IMAGE_SUFFIXES
from cyclemlp.data.objects import Item, ObjectSplit, Scene
from cyclemlp.data.splits import label_map, shortened, shown

_NAME = re.compile(r"instances_(?P<split>.+?)(?P<year>\d{4})?\.json")


class _Kind(NamedTuple):
    what: str
    test: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    """Also as tables (2.0) and web tools ("2") export it."""
    if type(value) is str:
        return value.isdecimal() and len(value) < 19
    return type(value) is int or (type(value) is float and value.is_integer())


_ID = _Kind("a whole number", _is_whole)
_TEXT = _Kind("text", lambda value: isinstance(value, str) and value.strip() != "")
_NEEDED: dict[str, dict[str, _Kind | None]] = {
    "images": {"id": _ID, "file_name": _TEXT},
    "annotations": {"image_id": _ID, "category_id": _ID, "bbox": None},
    "categories": {"id": _ID, "name": _TEXT},
}
"""What no entry of a list may lack."""


def coco_files(root: Path) -> dict[str, Path]:
    """The annotation files of a data set by split: ``instances_<split>[<year>].json``.

    They lie in ROOT or ROOT/annotations.
    """
    return {split: places[0] for split, places in _places(root).items()}


def _places(root: Path) -> dict[str, list[Path]]:
    found = defaultdict(list)
    for place in sorted(
        [*root.glob("instances_*.json"), *root.glob("annotations/instances_*.json")]
    ):
        if match := _NAME.fullmatch(place.name):
            found[match["split"]].append(place)
    return found


def open_coco(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split of a data set in COCO's format.

    Pictures lie in ``ROOT/images/<split>``, ``ROOT/<split>``, either with the year of the file's
    name, or ``ROOT/images``.

    Args:
        root: with files as `coco_files` finds them.
        split: its name.
        classes: the order the labels follow; by default the file's categories, by their ids.
        masks: whether targets have masks.

    Raises:
        ValueError: no such split, or two files of it; not COCO's format, ambiguous ids, nothing in
            it, or a class that is none of `classes`.
        FileNotFoundError: no folder of pictures.
    """
    files = _places(root)
    name, notes = choose_split(split, files, str(root))
    file, *others = files[name]
    if others:
        both = " and ".join(map(str, files[name]))
        raise ValueError(f"split {name!r} has more than one file, {both}: keep one of them there")
    content = _read(file)
    folder = _folder(root, name, file.stem.removeprefix("instances_"))
    pictures, duplicates = _pictures(file, content["images"])
    numbers, names, ids = _labels(file, content["categories"], content["annotations"], classes)
    annotations = _grouped(content["annotations"])
    scenes = [
        _scene(root, folder, picture, annotations.get(picture["id"], []), numbers, names, masks)
        for picture in pictures
    ]
    notes = (*notes, *duplicates, *_notes(file, folder, pictures, content["annotations"]))
    return ObjectSplit(split, names, scenes, masks, notes, ids)


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    content = read_json(file)
    if not isinstance(content, dict):
        content = {}
    for key, kinds in _NEEDED.items():
        entries = content.get(key)
        if not isinstance(entries, list):
            raise ValueError(f"{file}: not in COCO's format: it has no list {key!r}")
        for number, entry in enumerate(entries):
            for name, kind in kinds.items():
                if not isinstance(entry, dict) or name not in entry:
                    raise ValueError(f"{file}: {key}[{number}] has no {name!r}")
                if kind is not None and not kind.test(entry[name]):
                    got = shortened(entry[name])
                    raise ValueError(f"{file}: {key}[{number}]: {name!r} is {kind.what}, got {got}")
                if kind is _ID:
                    entry[name] = int(entry[name])
    return content


def _folder(root: Path, split: str, with_year: str) -> Path:
    images = root / "images"
    places = (images / with_year, images / split, root / with_year, root / split, images)
    for place in places:
        if place.is_dir():
            return place
    looked = ", ".join(str(place) for place in dict.fromkeys(places))
    raise FileNotFoundError(f"no folder with the pictures of split {split!r}: looked for {looked}")


def _labels(
    file: Path,
    categories: list[dict[str, Any]],
    annotations: list[dict[str, Any]],
    classes: Sequence[str] | None,
) -> tuple[dict[int, int], tuple[str, ...], tuple[int, ...]]:
    """Labels by category id, the classes' names, and a category id for each.

    Categories of one name are one class. One that has no object may be none of `classes`.
    """
    if not categories:
        raise ValueError(f"{file}: it has no categories, which are the classes to tell apart")
    twice = _repeated(category["id"] for category in categories)
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


def _pictures(
    file: Path, images: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Each picture once, and a note on those listed twice."""
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


def _grouped(annotations: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    groups = defaultdict(list)
    for annotation in annotations:
        groups[annotation["image_id"]].append(annotation)
    return groups


def _scene(
    root: Path,
    folder: Path,
    picture: Mapping[str, Any],
    annotations: list[dict[str, Any]],
    numbers: Mapping[int, int],
    names: Sequence[str],
    masks: bool,
) -> Scene:
    name, number = picture["file_name"], picture["id"]
    file = _file(root, folder, name)
    if file is None:
        fault = f"a picture's file_name stays below the data set's folder, {root}"
        return Scene(name, number, None, fault=fault)
    try:
        size = _size(picture)
        items = tuple(_item(entry, numbers, names, masks) for entry in annotations)
    except _Wrong as error:
        return Scene(str(file), number, None, fault=str(error))
    return Scene(str(file), number, size, items)


def _size(picture: Mapping[str, Any]) -> tuple[int, int] | None:
    stated = picture.get("width"), picture.get("height")
    try:
        width, height = (int(float(side or 0)) for side in stated)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong(f"its width and height are whole numbers, got {stated}") from error
    return (width, height) if width and height else None


def _file(root: Path, folder: Path, name: str) -> Path | None:
    """A picture's place: below its split's folder or, as some tools write it, above that."""
    for spelling in (name, name.replace("\\", "/")):  # the latter for what Windows wrote
        if PurePosixPath(spelling).is_absolute() or ".." in PurePosixPath(spelling).parts:
            return None
        for place in (folder, root, root / "images") if "/" in spelling else ():
            if (place / spelling).exists():
                return place / spelling
    return folder / name


class _Wrong(Exception):  # noqa: N818  # what is wrong with an annotation
    pass


def _item(
    entry: Mapping[str, Any], numbers: Mapping[int, int], names: Sequence[str], masks: bool
) -> Item:
    name = f"annotation {entry.get('id', '')}".rstrip()
    if entry["category_id"] not in numbers:
        known = ", ".join(map(str, sorted(numbers)[:8]))
        raise _Wrong(f"{name} has the category_id {entry['category_id']}; there are {known} …")
    label = numbers[entry["category_id"]]
    try:
        left, top, width, height = map(float, entry["bbox"])
        area = None if entry.get("area") is None else float(entry["area"])
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong(f"{name}: bbox is 4 numbers and area one, got {entry['bbox']}") from error
    return Item(
        (left, top, left + width, top + height),
        label,
        entry.get("iscrowd") in (1, "1"),
        area,
        entry.get("segmentation") if masks else None,
        f"{name} ({names[label]})",
    )


def _notes(
    file: Path, folder: Path, pictures: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> Iterator[str]:
    known = {picture["id"] for picture in pictures}
    homeless = sum(annotation["image_id"] not in known for annotation in annotations)
    if homeless and homeless == len(annotations):
        raise ValueError(
            f"{file}: not one of its {homeless} annotations is of a picture that it lists: the "
            f"first has the image_id {annotations[0]['image_id']}, and the pictures have the ids "
            f"{', '.join(str(number) for number in sorted(known)[:8])} …"
        )
    if homeless:
        yield f"{homeless} annotations are of pictures that {file.name} does not list: left out"
    twice = _repeated(a["id"] for a in annotations if _is_whole(a.get("id")))
    if twice:
        yield f"{len(twice)} annotation ids of {file.name} are used more than once: all are kept"
    listed = {PurePosixPath(picture["file_name"].replace("\\", "/")).name for picture in pictures}
    unlisted = sorted(set(_files(folder)) - listed)
    if unlisted:
        yield f"{len(unlisted)} pictures in {folder} are not in {file.name}: {shown(unlisted)}"


def _files(folder: Path) -> Iterator[str]:
    for _, _, names in os.walk(folder):
        yield from (
            n for n in names if Path(n).suffix.lower() in IMAGE_SUFFIXES and not is_system_file(n)
        )


def _repeated(values: Iterator[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]
