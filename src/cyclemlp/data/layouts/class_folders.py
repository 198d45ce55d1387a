"""Class folders: ``ROOT/<split>/<class>/*``, or the same in a file ``ROOT/<split>.tar``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.class_tars import open_class_tar
from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import MissingSplitError, choose_split, names_of
from cyclemlp.data.messages import shown
from cyclemlp.data.split import Split

EXPECTED = "ROOT/train/<class>/* and ROOT/val/<class>/*"
_PARTS = frozenset(
    {"images", "image", "imgs", "img", "labels", "label", "masks", "mask", "annotations"}
)
"""Folders of other layouts, whose names are not those of classes if all folders have them."""


def is_class_folders(root: Path) -> bool:
    """Return whether ROOT has class folders, with files in them, or a tar file of a training split.

    Folders such as ``train/images`` and ``train/labels`` are not class folders.
    """
    try:
        place, _ = _find_split(root, "train")
    except ValueError:
        return False
    return place.is_file() or (any(place.glob("*/*.*")) and not _parts(place))


def open_class_folders(root: Path, split: str, classes: Sequence[str] | None = None) -> Split:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the order of the folders' names.

    Raises:
        ValueError: there is no such split, no class, no image, or a class that `classes` lacks; or
            the folders are those of another layout.
    """
    place, notes = _find_split(root, split)
    if place.is_file():
        return open_class_tar(place, split, classes, notes)
    if foreign := foreign_folders(root):
        raise ValueError(f"{foreign}; expected {EXPECTED}")
    return ClassFolder(place, split, classes, notes)


def foreign_folders(root: Path) -> str | None:
    """Return a sentence if the folders of the training split are those of other layouts."""
    try:
        place, _ = _find_split(root, "train")
    except ValueError:
        return None
    if place.is_file() or not (parts := _parts(place)):
        return None
    return (
        f"{place} has the folders {shown(parts)}, which are not classes: labels in YOLO's format "
        "need ROOT/data.yaml, and masks need images of the same names"
    )


def _parts(place: Path) -> list[str]:
    """Return the names of a split's folders if all of them are those of other layouts."""
    names = sorted(subfolders(place))
    return names if {name.lower() for name in names} <= _PARTS else []


def _find_split(root: Path, split: str) -> tuple[Path, tuple[str, ...]]:
    """Return the folder or tar file of a split; a folder is preferred to a tar file."""
    entries = {entry.name: entry for entry in sorted(root.iterdir()) if _may_be_split(entry)}
    places = {name.removesuffix(".tar"): entry for name, entry in entries.items()} | entries
    if not {name.lower() for name in places} & {*names_of(split)}:
        folders = [name for name, place in places.items() if place.is_dir()]
        found = f"found the folders {shown(folders)}" if folders else "found no folders"
        raise MissingSplitError(
            f"{root} has no split {split!r}; expected {EXPECTED}, {found}; add the folder", split
        )
    name, notes = choose_split(split, places, str(root))
    return places[name], notes


def _may_be_split(entry: Path) -> bool:
    return not is_system_file(entry.name) and (entry.is_dir() or entry.suffix == ".tar")


LAYOUT = Layout("class folders", ("classify",), EXPECTED, is_class_folders, open_class_folders)
