"""The lines of ``predictions.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULT = "predictions.jsonl"

Row = dict[str, Any]
"""``file``, either ``prediction`` or ``error``, and in a video ``frame`` and ``time``."""


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file; a last line that was written only in part is left out.

    Raises:
        ValueError: a line is damaged.
    """
    with path.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.endswith("\n"):
                yield _row(line, f"{path}, line {number}")


def _row(line: str, place: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or "file" not in row:
        raise ValueError(
            f"{place}: not a line that this command writes; delete the line, and --resume takes "
            "its file again"
        )
    return row
