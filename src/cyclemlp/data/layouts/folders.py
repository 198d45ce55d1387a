"""Finding splits, classes and files in folders."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from cyclemlp.data.split import shown

_ALIASES = {"train": (("training",),), "val": (("validation", "valid"), ("test",))}
"""What may stand in for a split, better groups first; two of one group would be ambiguous."""

_LAYOUT = "expected ROOT/train/<class>/* and ROOT/val/<class>/*"
_COCO = "COCO's format: --task detect or instance"
_MARKS = (
    (("instances_*.json",), _COCO),
    (("annotations/instances_*.json",), _COCO),
    (("JPEGImages", "Annotations"), "Pascal VOC: --task detect"),
    (("images", "masks"), "pictures with masks: --task segment"),
    (("leftImg8bit", "gtFine"), "Cityscapes: --task segment"),
    (("train/*/*.*",), "a folder a class: --task classify"),
)
"""What a data set of each layout has, and what it is."""
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass
class Scan:
    """What a split's folder holds: class names, then each file with its class's name."""

    classes: tuple[str, ...] = ()
    files: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    ignored: int = 0


def require_folder(root: Path, layout: str) -> None:
    """Say what is expected of a data set's folder where there is none.

    Raises:
        FileNotFoundError: nothing is there.
        ValueError: a file is.
    """
    if not root.exists():
        raise FileNotFoundError(f"--data {root}: no such folder; {layout}")
    if not root.is_dir():
        raise ValueError(f"--data {root} is a file; {layout}")


def find_split(root: Path, split: str) -> tuple[Path, tuple[str, ...]]:
    """The folder (or ``.tar`` file) of a split, and a note if it has another name.

    Raises:
        FileNotFoundError: no folder `root`.
        ValueError: nothing there is the split, or more than one thing might be.
    """
    require_folder(root, _LAYOUT)
    places = {entry.name: entry for entry in sorted(root.iterdir()) if _may_be_split(entry)}
    places = {name.removesuffix(".tar"): place for name, place in places.items()} | places
    folders = [name for name, place in places.items() if place.is_dir()]
    if not {split, *_stand_ins(split)} & set(places):
        raise ValueError(
            f"{root} has no split {split!r}; {_LAYOUT}, {_found(folders)}{_likeness(root)}"
        )
    name, notes = choose_split(split, places, str(root))
    return places[name], notes


def choose_split(split: str, available: Iterable[str], where: str) -> tuple[str, tuple[str, ...]]:
    """Which of the available splits is meant, and a note if it has another name.

    Raises:
        ValueError: none of them, or more than one may be meant.
    """
    names = list(available)
    if split in names:
        return split, ()
    for group in _ALIASES.get(split, ()):
        found = [name for name in group if name in names]
        if len(found) > 1:
            both = " and ".join(repr(name) for name in found)
            raise ValueError(f"{where} has no split {split!r}, but both {both}: rename one to it")
        if found:
            return found[0], (f"split {split!r} is read from {found[0]!r}",)
    has = f"{shown(sorted(names))}; add it, or rename one to it" if names else "none"
    raise ValueError(f"{where} has no split {split!r}; it has {has}")


def _stand_ins(split: str) -> list[str]:
    return [name for group in _ALIASES.get(split, ()) for name in group]


def _may_be_split(entry: Path) -> bool:
    return not is_system_file(entry.name) and (entry.is_dir() or entry.suffix == ".tar")


def _found(folders: list[str]) -> str:
    return f"found the folders {shown(folders)}" if folders else "found no folders"


def contents(root: Path) -> str:
    """What lies in a data set's folder, for a message, and the task it looks made for."""
    names = sorted(e.name + "/" * e.is_dir() for e in root.iterdir() if not is_system_file(e.name))
    return (f"found {shown(names)}" if names else "found nothing there") + _likeness(root)


def _likeness(root: Path) -> str:
    for patterns, what in _MARKS:
        if all(any(root.glob(pattern)) for pattern in patterns):
            return f", which looks like {what}"
    return ""


def scan(folder: Path) -> Scan:
    """Walk a split's folder.

    Raises:
        OSError: a folder cannot be listed; nothing is passed over in silence.
    """
    found = Scan()
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    classes = [entry.name for entry in entries if entry.is_dir() and not is_system_file(entry.name)]
    found.classes = tuple(classes)
    for entry in entries:
        if not entry.is_dir():
            found.ignored += is_system_file(entry.name)
            found.strays += [] if is_system_file(entry.name) else [entry.path]
        elif is_system_file(entry.name):
            found.ignored += _count(Path(entry.path))
    for name in classes:
        _scan_class(folder, name, found)
    return found


def _scan_class(folder: Path, name: str, found: Scan) -> None:
    files, ignored = files_below(folder / name)
    found.files += sorted(file.relative_to(folder).as_posix() for file in files)
    found.labels += [name] * len(files)
    found.ignored += ignored


def files_below(folder: Path) -> tuple[list[Path], int]:
    """Every file of a folder and its folders, links followed, in no order.

    Returns:
        The files, and how many of an operating system were left out.

    Raises:
        OSError: a folder cannot be listed; nothing is passed over in silence.
    """
    files: list[Path] = []
    ignored = 0
    for place, folders, names in os.walk(folder, onerror=_raise, followlinks=True):
        hidden = [inner for inner in folders if is_system_file(inner)]
        ignored += sum(_count(Path(place, inner)) for inner in hidden)
        folders[:] = [inner for inner in folders if inner not in hidden]
        wanted = [name for name in names if not is_system_file(name)]
        ignored += len(names) - len(wanted)
        files += [Path(place, name) for name in wanted]
    return files, ignored


def _count(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))


def is_system_file(name: str) -> bool:
    """Whether a file (path) is hidden or left by an operating system."""
    name = name.rpartition("/")[2]
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def leads_out(name: str) -> bool:
    """Whether a file's name, as a data set's list gives it, leads out of the data set's folder."""
    return PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts


def read_text(file: Path) -> str:
    """A text file's content, without the byte-order mark that some editors put before it.

    Raises:
        ValueError: it is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8, in which it has to be saved: {error}") from error


def read_json(file: Path) -> Any:
    """A JSON file's content.

    Raises:
        ValueError: it is none.
    """
    try:
        return json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{file}: not JSON that can be read: too deeply nested") from error


def _raise(error: OSError) -> None:
    raise error
