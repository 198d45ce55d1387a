"""COCO's JSON files of objects (Lin et al., "Microsoft COCO", ECCV 2014)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from cyclemlp.data.images import is_image_name
from cyclemlp.data.layouts.coco_file import (
    is_whole,
    labels_of,
    listed_pictures,
    read_coco,
    repeated,
)
from cyclemlp.data.layouts.folders import choose_split, files_below, leads_out
from cyclemlp.data.layouts.objects import Item, ObjectSplit, Scene
from cyclemlp.data.split import shown

_NAME = re.compile(r"instances_(?P<split>.+?)(?P<year>\d{4})?\.json")


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
    content = read_coco(file)
    folder = _folder(root, name, file.stem.removeprefix("instances_"))
    pictures, duplicates = listed_pictures(file, content["images"])
    numbers, names, ids = labels_of(file, content["categories"], content["annotations"], classes)
    annotations = _grouped(content["annotations"])
    scenes = [
        _scene(root, folder, picture, annotations.get(picture["id"], []), numbers, names, masks)
        for picture in pictures
    ]
    notes = (*notes, *duplicates, *_notes(file, folder, pictures, content["annotations"]))
    return ObjectSplit(split, names, scenes, masks, notes, ids)


def _folder(root: Path, split: str, with_year: str) -> Path:
    images = root / "images"
    places = (images / with_year, images / split, root / with_year, root / split, images)
    for place in places:
        if place.is_dir():
            return place
    looked = ", ".join(str(place) for place in dict.fromkeys(places))
    raise FileNotFoundError(f"no folder with the pictures of split {split!r}: looked for {looked}")


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
        if leads_out(spelling):
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
    twice = repeated(a["id"] for a in annotations if is_whole(a.get("id")))
    if twice:
        yield f"{len(twice)} annotation ids of {file.name} are used more than once: all are kept"
    listed = {PurePosixPath(picture["file_name"].replace("\\", "/")).name for picture in pictures}
    found = {file.name for file in files_below(folder)[0] if is_image_name(file.name)}
    unlisted = sorted(found - listed)
    if unlisted:
        yield f"{len(unlisted)} pictures in {folder} are not in {file.name}: {shown(unlisted)}"
