"""COCO's JSON files of objects (Lin et al., "Microsoft COCO", ECCV 2014)."""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from cyclemlp.data.folders import choose_split, is_system_file
from cyclemlp.data.images import IMAGE_SUFFIXES
from cyclemlp.data.objects import Item, ObjectSplit, Scene
from cyclemlp.data.splits import label_map, shown

_NAME = re.compile(r"instances_(?P<split>.+?)(?P<year>\d{4})?\.json")


def coco_files(root: Path) -> dict[str, Path]:
    """The annotation files of a data set by split: ``instances_<split>[<year>].json``.

    They lie in ROOT or ROOT/annotations.
    """
    places = [*root.glob("annotations/instances_*.json"), *root.glob("instances_*.json")]
    named = {place: _NAME.fullmatch(place.name) for place in places}
    return {match["split"]: place for place, match in named.items() if match}


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
        ValueError: no such split, not COCO's format, ambiguous ids, or a class that is none of
            `classes`.
        FileNotFoundError: no folder of pictures.
    """
    files = coco_files(root)
    name, notes = choose_split(split, files, str(root))
    file = files[name]
    content = _read(file)
    folder = _folder(root, name, file.stem.removeprefix("instances_"))
    numbers, names, ids = _labels(file, content["categories"], content["annotations"], classes)
    pictures, duplicates = _pictures(file, content["images"])
    annotations = _grouped(content["annotations"])
    scenes = [
        _scene(root, folder, picture, annotations.get(picture["id"], []), numbers, names, masks)
        for picture in pictures
    ]
    notes = (*notes, *duplicates, *_notes(file, folder, pictures, content["annotations"]))
    return ObjectSplit(split, names, scenes, masks, notes, ids)


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    if not isinstance(content, dict):
        content = {}
    for key, needed in (
        ("images", ("id", "file_name")),
        ("annotations", ("image_id", "category_id", "bbox")),
        ("categories", ("id", "name")),
    ):
        entries = content.get(key)
        if not isinstance(entries, list):
            raise ValueError(f"{file}: not in COCO's format: it has no list {key!r}")
        for number, entry in enumerate(entries):
            missing = [n for n in needed if not isinstance(entry, dict) or n not in entry]
            if missing:
                raise ValueError(f"{file}: {key}[{number}] has no {missing[0]!r}")
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
    twice = _repeated(category["id"] for category in categories)
    if twice:
        raise ValueError(f"{file}: several categories have the id {twice[0]}")
    by_id = {category["id"]: str(category["name"]) for category in categories}
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
    wrong = next((i for i in first if not isinstance(i, int)), None)
    if wrong is not None:
        raise ValueError(f"{file}: image ids are whole numbers, got {wrong!r}")
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
    width, height = picture.get("width"), picture.get("height")
    size = (int(width), int(height)) if width and height else None
    file = _file(root, folder, str(picture["file_name"]))
    if file is None:
        fault = "a picture's file_name stays below the data set's folder"
        return Scene(str(picture["file_name"]), picture["id"], size, fault=fault)
    try:
        items = tuple(_item(entry, numbers, names, masks) for entry in annotations)
    except _Wrong as error:
        return Scene(str(file), picture["id"], size, fault=str(error))
    return Scene(str(file), picture["id"], size, items)


def _file(root: Path, folder: Path, name: str) -> Path | None:
    """A picture's place: below its split's folder or, as some tools write it, below ROOT."""
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return None
    elsewhere = "/" in name and not (folder / name).exists() and (root / name).exists()
    return (root if elsewhere else folder) / name


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
    except (TypeError, ValueError) as error:
        raise _Wrong(f"{name}: bbox is 4 numbers and area one, got {entry['bbox']}") from error
    return Item(
        (left, top, left + width, top + height),
        label,
        bool(entry.get("iscrowd", 0)),
        area,
        entry.get("segmentation") if masks else None,
        f"{name} ({names[label]})",
    )


def _notes(
    file: Path, folder: Path, pictures: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> Iterator[str]:
    known = {picture["id"] for picture in pictures}
    homeless = sum(annotation["image_id"] not in known for annotation in annotations)
    if homeless:
        yield f"{homeless} annotations are of pictures that {file.name} does not list: left out"
    twice = _repeated(a["id"] for a in annotations if "id" in a)
    if twice:
        yield f"{len(twice)} annotation ids of {file.name} are used more than once: all are kept"
    listed = {PurePosixPath(str(picture["file_name"])).name for picture in pictures}
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
