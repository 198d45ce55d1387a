"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table without borders; columns of figures are right-aligned.

    Args:
        columns: names of the columns.
        rows: cells of each row.
    """
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    cells = [list(row) for row in rows]
    for index, name in enumerate(columns):
        figures = all(row[index][:1].isdigit() or row[index] in ("", "–") for row in cells)
        made.add_column(name, justify="right" if index and figures else "left", overflow="fold")
    for row in cells:
        made.add_row(*row)
    return made
