"""ADE20K (Zhou et al., CVPR 2017): ``ROOT/images/training`` and ``ROOT/annotations/training``.

Class values start at 1. The values 0 ("other objects") and 255 are ignored. Class names are read
from ``ROOT/classes.json`` or ``ROOT/objectInfo150.txt`` if one of them exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.class_table import ClassTable, by_position
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.masks.split_folders import split_folders
from cyclemlp.data.layouts.masks.training_classes import training_classes

EXPECTED = "ADE20K's images and annotations"
_IGNORED = (0, 255)  # the released masks use 0; masks written by other tools also use 255
_FIRST = 1  # value of the first class


def is_ade20k(root: Path) -> bool:
    """Return whether ROOT has ``images``, and ``annotations`` with sub-folders."""
    annotations = root / "annotations"
    return (root / "images").is_dir() and annotations.is_dir() and bool(subfolders(annotations))


def open_ade20k(root: Path, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the data set's order. Without a file of
            names they name the values 1, 2, 3, ….

    Raises:
        ValueError: there is no such split, no pair of image and mask, no class, or a class that
            `classes` lacks.
    """
    images, masks, notes = split_folders(root / "images", root / "annotations", split, EXPECTED)
    table = described_classes(root, classes) or _named_classes(root)
    if table is None and classes is not None:
        table = replace(by_position(classes, _FIRST), ignored=_IGNORED)
    if table is None:
        training = masks
        with suppress(ValueError):
            training = masks.parent / choose_split("train", subfolders(masks.parent), "")[0]
        table, note = training_classes(training, EXPECTED, _by_values)
        notes = (*notes, note)
    return MaskFolder(images, masks, split, table.ordered(classes, str(root)), notes=notes)


def _named_classes(root: Path) -> ClassTable | None:
    file = root / "objectInfo150.txt"
    if not file.is_file():
        return None
    names = _read_names(file)
    return ClassTable(names, tuple(range(_FIRST, _FIRST + len(names))), _IGNORED)


def _read_names(file: Path) -> tuple[str, ...]:
    """Read class names from lines of number, ratio, two counts and name(s)."""
    rows = [line.split(None, 4) for line in read_text(file).splitlines()]
    numbered = [row for row in rows if len(row) == 5 and row[0].isdecimal()]
    if [int(row[0]) for row in numbered] != list(range(1, len(numbered) + 1)) or not numbered:
        raise ValueError(f"{file}: expected lines of number, ratio, two counts and name, from 1 on")
    names = [row[4].strip().split(",")[0] for row in numbered]
    if len(set(names)) != len(names):  # several classes may share their first name
        names = [row[4].strip() for row in numbered]
    return tuple(names)


def _by_values(values: set[int], where: str) -> ClassTable:
    found = tuple(sorted(values.difference(_IGNORED)))
    if len(found) < 2:
        raise ValueError(
            f"{where}: besides 0 and 255, which ADE20K's layout ignores, the masks hold "
            f"{f'only {found[0]}' if found else 'nothing'}; if 0 or 255 is a class, rename the "
            "folder annotations to masks, or define the class in classes.json"
        )
    return ClassTable(tuple(f"class_{value - _FIRST}" for value in found), found, _IGNORED)


LAYOUT = Layout("ADE20K", ("segment",), EXPECTED, is_ade20k, open_ade20k)
