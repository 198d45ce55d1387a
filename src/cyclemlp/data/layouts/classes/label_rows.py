"""The rows of ``labels.csv``: an image, its label and its split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.layouts.common.csv_files import Row, read_csv
from cyclemlp.data.split import Fault

_SEVERAL = re.compile(r"[|;]")  # separators between the labels of an image


class LabelRow(NamedTuple):
    """A row: the number of its line, the image's name, its label and its split or ``""``."""

    line: int
    image: str
    label: str
    split: str


class LabelRows(NamedTuple):
    """The rows of a file.

    Attributes:
        rows: rows with an image and a label.
        faults: rows without one, by split.
        has_splits: whether there is a column ``split``.
    """

    rows: tuple[LabelRow, ...]
    faults: tuple[tuple[str, Fault], ...]
    has_splits: bool


def read_label_rows(file: Path) -> LabelRows:
    """Read a table with the columns ``image``, ``label`` and, optionally, ``split``.

    Raises:
        ValueError: there are no such columns, no row, or a label that names several classes.
    """
    table = read_csv(file, ("image", "label"))
    has_splits = "split" in table[0].cells
    rows, faults = [], []
    for row in table:
        split = row.cells.get("split", "").lower()
        if reason := _fault(row, has_splits):
            faults.append((split, Fault(str(file), f"line {row.line}: {reason}")))
        else:
            rows.append(LabelRow(row.line, row.cells["image"], row.cells["label"], split))
    _check_single(file, rows)
    return LabelRows(tuple(rows), tuple(faults), has_splits)


def _fault(row: Row, has_splits: bool) -> str | None:
    wanted = ("image", "label", *(("split",) if has_splits else ()))
    missing = [name for name in wanted if not row.cells[name]]
    return f"no {' and no '.join(missing)}" if missing else None


def _check_single(file: Path, rows: Sequence[LabelRow]) -> None:
    labels = {row.label for row in rows}
    for row in rows:
        parts = [part.strip() for part in row.label.split(",")]
        if _SEVERAL.search(row.label) or (len(parts) > 1 and labels.issuperset(parts)):
            raise ValueError(
                f"{file}, line {row.line}: the label {row.label!r} names several classes; "
                "classification gives an image one class: keep one of them"
            )
