"""The lines of ``explanations.jsonl``, one per image."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from cyclemlp.bundle.predictions.rows import Row, read_rows
from cyclemlp.console.files import remove_leftovers, replacing

RESULT = "explanations.jsonl"
"""The file with the explanations, in the output folder."""

DRAWN, MAPS = "drawn", "maps"
"""The folders with a picture and with the evidence of each image."""


def keep_explained(folder: Path) -> list[Row]:
    """Reduce ``explanations.jsonl`` to the images that an interrupted call explained.

    Files that could not be used are tried again.

    Args:
        folder: the folder of the interrupted call.

    Returns:
        The rows that are kept.

    Raises:
        ValueError: a line is damaged.
    """
    for kind in (DRAWN, MAPS):
        if (folder / kind).is_dir():
            remove_leftovers(folder / kind)
    kept = [row for row in read_rows(folder / RESULT) if "explained" in row]
    with replacing(folder / RESULT) as temporary, temporary.open("w", encoding="ascii") as lines:
        for row in kept:
            print(json.dumps(row), file=lines)
    return kept


def name_of(row: Row) -> str:
    """Return the name of the files that were written for an explained image."""
    return PurePosixPath(row["drawn"]).stem
