"""A list of classes: ``ROOT/labels.csv`` with the columns ``image`` and ``label``.

Images are named relative to ROOT or to ``ROOT/images``. An optional column ``split`` names each
image's split; without it all images are for training.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.classes.class_list import ClassList
from cyclemlp.data.layouts.classes.label_rows import LabelRow, LabelRows, read_label_rows
from cyclemlp.data.layouts.classes.listed_files import ListedFiles
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.split_names import MissingSplitError, choose_split
from cyclemlp.data.messages import shown

EXPECTED = "ROOT/labels.csv with the columns image and label"
_FILE = "labels.csv"


def is_class_list(root: Path) -> bool:
    """Return whether ROOT has a file ``labels.csv``, in any case."""
    return _find(root) is not None


def _find(root: Path) -> Path | None:
    files = sorted(file for file in root.iterdir() if file.name.lower() == _FILE)
    return next((file for file in files if file.is_file()), None)


def open_class_list(root: Path, split: str, classes: Sequence[str] | None = None) -> ClassList:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is all labels of the file, sorted.

    Raises:
        ValueError: the file is not such a table, there is no such split, an image has several
            labels or splits, or `classes` lacks a class.
    """
    file, listed = _find(root) or root / _FILE, ListedFiles(root)
    content = read_label_rows(file)
    by_file = _by_file(file, content.rows, listed)
    name, notes = _choose(file, split, content)
    own = {path: row for path, row in by_file.items() if row.split == name}
    names = _sorted({row.label for row in own.values()})
    every = _sorted({row.label for row in by_file.values()}) if classes is None else classes
    label_map(str(file), names, every)  # raises if a class is unknown
    if not own:
        raise ValueError(f"{file}: no line of split {split!r} has an image and a label")
    numbers = {label: number for number, label in enumerate(every)}
    targets = [numbers[row.label] for row in own.values()]
    strays = [fault for of, fault in content.faults if of == name or (not of and split == "train")]
    notes = (*notes, *_notes(content, by_file, listed))
    return ClassList(split, list(own), targets, every, strays, notes)


def _choose(file: Path, split: str, content: LabelRows) -> tuple[str, tuple[str, ...]]:
    if content.has_splits:
        return choose_split(split, sorted({row.split for row in content.rows}), str(file))
    if split != "train":
        raise MissingSplitError(
            f"{file} has no column 'split', so all images are for training and there is no split "
            f"{split!r}; add the column",
            split,
        )
    return "", ()


def _by_file(file: Path, rows: Iterable[LabelRow], listed: ListedFiles) -> dict[str, LabelRow]:
    """Return one row an image.

    Raises:
        ValueError: an image has several labels or splits.
    """
    found: dict[str, LabelRow] = {}
    for row in rows:
        first = found.setdefault(listed.find(row.image), row)
        for what, one, other in (
            ("label", first.label, row.label),
            ("split", first.split, row.split),
        ):
            if one != other:
                raise ValueError(
                    f"{file}, lines {first.line} and {row.line}: the image {row.image!r} has the "
                    f"{what}s {one!r} and {other!r}; an image has one {what}: keep one of the lines"
                )
    return found


def _notes(content: LabelRows, by_file: dict[str, LabelRow], listed: ListedFiles) -> Iterable[str]:
    if repeats := len(content.rows) - len(by_file):
        yield f"{repeats} lines of {_FILE} repeat an image: each counts once"
    if listed.guessed:
        yield f"{listed.guessed} images of {_FILE} are found by the last part of their names"
    if others := listed.unlisted(by_file):
        yield f"{len(others)} images are not in {_FILE}: {shown(others[:3])}"


def _sorted(labels: Iterable[str]) -> list[str]:
    """Sort labels, by value if all are numbers."""
    names = sorted(labels)
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


LAYOUT = Layout("a list of classes", ("classify",), EXPECTED, is_class_list, open_class_list)
