"""Roboflow's table of mask values, ``_classes.csv``, which is beside the images of each split."""

from __future__ import annotations

from pathlib import Path

from cyclemlp.data.layouts.common.csv_files import read_csv
from cyclemlp.data.layouts.masks.class_table import ClassTable

VALUE_FILES = ("_classes.csv", *(f"{name}/_classes.csv" for name in ("train", "valid", "test")))
"""Places of the table in a data set, preferred ones first."""

_IGNORED = 255


def read_value_file(file: Path) -> ClassTable:
    """Read a table with the columns ``Pixel Value`` and ``Class``.

    Raises:
        ValueError: it has other columns, or a row without a number and a name; or they are not
            distinct.
    """
    values, names = [], []
    for line, cells in read_csv(file, ("pixel value", "class")):
        if not (cells["pixel value"].isdecimal() and cells["class"]):
            raise ValueError(f"{file}, line {line}: expected a whole number and a name")
        values.append(int(cells["pixel value"]))
        names.append(cells["class"])
    try:
        ignored = () if _IGNORED in values else (_IGNORED,)
        return ClassTable(tuple(names), tuple(values), ignored)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
