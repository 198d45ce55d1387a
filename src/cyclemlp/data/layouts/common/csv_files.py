"""Tables in CSV files that a user wrote or exported."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.messages import shown


class Row(NamedTuple):
    """The number of a row's line, and its cells by the lower-case names of their columns."""

    line: int
    cells: dict[str, str]


def read_csv(file: Path, columns: Sequence[str]) -> list[Row]:
    """Read the rows of a table with a header, separated by commas, semicolons or tabs.

    Spaces around names and cells are removed, blank lines are left out, and cells that a row lacks
    are empty.

    Args:
        file: the table.
        columns: names of the required columns, in lower case.

    Raises:
        ValueError: the file is not UTF-8, cannot be parsed, has no such header or no row.
    """
    lines = read_text(file).splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(",;\t", key=first.count)
    try:
        header, *rows = _rows(lines, separator)
    except csv.Error as error:
        raise ValueError(f"{file}: not a table: {error}") from error
    except ValueError:
        raise ValueError(f"{file}: empty; expected the header {','.join(columns)}") from None
    names = [name.lower() for name in header[1]]
    _check_header(file, header[1], names, columns)
    if not rows:
        raise ValueError(f"{file}: no line follows the header")
    empty = dict.fromkeys(names, "")
    return [Row(line, empty | dict(zip(names, row, strict=False))) for line, row in rows]


def _rows(lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def _check_header(
    file: Path, header: Sequence[str], names: Sequence[str], columns: Sequence[str]
) -> None:
    missing = [name for name in columns if name not in names]
    if missing:
        raise ValueError(
            f"{file}: no column {shown(missing)} in the first line; expected a header with "
            f"{','.join(columns)} in any order, found {shown(header)}"
        )
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        raise ValueError(f"{file}: more than one column {twice[0]!r}; keep one of them")
