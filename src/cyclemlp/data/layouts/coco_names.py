"""COCO annotation files that people name themselves: ``train.json``, ``val/labels.json``."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import SPLIT_NAMES

_KEYS = (b'"images"', b'"annotations"', b'"categories"')
_FOLDERS = ("annotations", "annotation", "labels", "label")
_MOST = 20  # JSON files in a folder; LabelMe writes one for each image


def annotation_folders(root: Path) -> list[Path]:
    """Return ROOT and ``ROOT/annotations`` or the like, in any case."""
    return [
        root,
        *(root / name for name in sorted(subfolders(root)) if name.casefold() in _FOLDERS),
    ]


def files_by_word(root: Path) -> dict[str, list[Path]]:
    """Return the annotation files whose name has a split's name as a word, by this word.

    They are in `annotation_folders`; or in a folder with a split's name, where they have any name.
    """
    found = defaultdict(list)
    for folder in annotation_folders(root):
        for file in _few(json_files(folder)):
            if (word := _split_in(file.stem)) and is_coco_file(file):
                found[word].append(file)
    for name in subfolders(root) if not found else ():
        if name.casefold() in SPLIT_NAMES:
            places = (root / name, root / name / "annotations")
            for file in (file for place in places for file in _few(json_files(place))):
                if is_coco_file(file):
                    found[name.casefold()].append(file)
    return dict(found)


def named(root: Path, split: str) -> Iterator[str]:
    """Yield the folders of ROOT and ``ROOT/images`` that have a split's name as a word."""
    for place in (root / "images", root):
        for name in sorted(subfolders(place)) if place.is_dir() else ():
            if _split_in(name) == split:
                yield name


def other_folders(root: Path) -> list[Path]:
    """Return the folders of ROOT that have no split's name."""
    return [root / name for name in sorted(subfolders(root)) if _split_in(name) is None]


def is_coco_file(file: Path) -> bool:
    """Return whether a file has the keys of COCO's format."""
    if not file.is_file():
        return False
    content = file.read_bytes()
    return all(key in content for key in _KEYS)


def _split_in(name: str) -> str | None:
    words = {word for word in re.findall("[a-z]+", name.casefold()) if word in SPLIT_NAMES}
    return words.pop() if len(words) == 1 else None


def json_files(folder: Path) -> list[Path]:
    """Return the JSON files of a folder, sorted; a folder of labels may hold many other files."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.lower().endswith(".json"))
    return [folder / name for name in names]


def _few(files: list[Path]) -> list[Path]:
    return files if len(files) <= _MOST else []
