"""Where COCO annotation files and their images are, as several tools write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.coco_names import (
    annotation_folders,
    files_by_word,
    is_coco_file,
    json_files,
    named,
    other_folders,
)
from cyclemlp.data.layouts.common.split_names import DEFAULT, MissingSplitError, choose_split

_NAME = re.compile(r"instances_(?P<split>.+?)(?P<year>\d{4})?\.json", re.IGNORECASE)
_ROBOFLOW = "_annotations.coco.json"
_SINGLE = ("result.json", _ROBOFLOW, "annotations.json", "instances.json", "labels.json")


def annotation_files(root: Path) -> dict[str, list[Path]]:
    """Return the annotation files by split, with the splits' names in lower case.

    Files of the released names, or of Roboflow's, come before `files_by_word`. A file without a
    split's name belongs to the split `DEFAULT`. Such files are used only if no file has a split's
    name.
    """
    found = defaultdict(list)
    for file in sorted(file for folder in annotation_folders(root) for file in json_files(folder)):
        if (match := _NAME.fullmatch(file.name)) and file.is_file():
            found[match["split"].casefold()].append(file)
    for file in filter(Path.is_file, sorted(root.glob(f"*/{_ROBOFLOW}"))):
        found[file.parent.name.casefold()].append(file)
    if found := found or files_by_word(root):
        return found
    singles = [root / name for name in _SINGLE if is_coco_file(root / name)] or _lone(root)
    return {DEFAULT: singles} if singles else {}


def choose_file(root: Path, split: str) -> tuple[Path, str, tuple[str, ...]]:
    """Choose the annotation file of a split.

    A file without a split's name is read for the training split; it has no other split.

    Returns:
        The file, its split's name, and a note for the user if it has another name.

    Raises:
        ValueError: there is no such split, or two files of it.
    """
    files = annotation_files(root)
    if list(files) == [DEFAULT] and split != DEFAULT:
        file = files[DEFAULT][0]
        name, notes = DEFAULT, (f"split {split!r} is read from {file}, which names no split",)
        if split != "train":
            raise MissingSplitError(_no_split(root, split, file), split)
    else:
        name, notes = choose_split(split, files, str(root))
    file, *others = files[name]
    if others:
        both = " and ".join(map(str, files[name]))
        raise ValueError(f"split {name!r} has more than one file, {both}: keep only one of them")
    return file, name, notes


def image_folder(root: Path, file: Path, split: str) -> Path:
    """Return the folder of an annotation file's images.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    places = tuple(dict.fromkeys(_image_folders(root, file, split)))
    for place in places:
        if place.is_dir():
            return place
    looked = ", ".join(map(str, places))
    raise FileNotFoundError(
        f"no folder with the images of split {split!r}: looked for {looked}; move the images "
        f"of {file.name} to {root / 'images'}"
    )


def _image_folders(root: Path, file: Path, split: str) -> Iterator[Path]:
    if file.parent not in annotation_folders(root):
        own = file.parent.parent if file.parent.name == "annotations" else file.parent
        yield from (place for place in (own / "images", own) if _has_images(place))
        yield own
        return
    match = _NAME.fullmatch(file.name)
    written = match["split"] if match else split  # with its upper-case letters
    year = (match and match["year"]) or ""
    for name in (f"{written}{year}", written, split, *named(root, split)):
        yield from (root / "images" / name, root / name)
    yield root / "images"
    yield from (place for place in (root / "data", root) if _has_images(place))
    filled = [place for place in other_folders(root) if _has_images(place, inside=True)]
    if filled:  # of several folders, the names in the file say which
        yield filled[0] if len(filled) == 1 else root


def _has_images(folder: Path, inside: bool = False) -> bool:
    if not folder.is_dir():
        return False
    return any(is_image_name(file.name) for file in folder.glob("**/*" if inside else "*"))


def _lone(root: Path) -> list[Path]:
    """Return the only JSON file of a folder, of any name, if it has the keys of COCO's format."""
    for folder in annotation_folders(root):
        files = json_files(folder)
        if len(files) == 1 and is_coco_file(files[0]):
            return files
    return []


def _no_split(root: Path, split: str, file: Path) -> str:
    return (
        f"{root} has no split {split!r}: {file} holds all images and names no split; split it into "
        f"two files, {root / 'annotations' / 'instances_train.json'} and instances_val.json"
    )
