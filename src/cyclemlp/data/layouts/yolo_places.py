"""Finding the files and folders that YOLO's descriptions and lists name.

Their paths are often those of another machine: absolute, of Windows, or relative to another folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """A file or folder, and whether only the end of its name was found."""

    path: Path
    by_end: bool


def find_place(name: str, folders: Sequence[Path]) -> Place | None:
    """Find a file or folder.

    Args:
        name: path as written. ``../`` at the start may mean nothing, as in Roboflow's
            ``../train/images`` for ``train/images``; this reading is preferred.
        folders: folders that it may be relative to.

    Returns:
        The first that exists, or else the one that has the longest end of the name; None if
        nothing exists.
    """
    for spelling, by_end in _spellings(name):
        for folder in folders:
            if os.path.exists(folder / spelling):
                return Place(folder / spelling, by_end)
    return None


def is_outside(place: Path, folder: Path) -> bool:
    """Return whether a path leads out of a folder; links are not followed."""
    return not Path(os.path.abspath(place)).is_relative_to(os.path.abspath(folder))


def _spellings(name: str) -> Iterator[tuple[str, bool]]:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    above = next((i for i, part in enumerate(parts) if part != ".."), len(parts))
    inner = parts[above:]
    if above and inner:
        yield "/".join(inner), False
    yield name, False
    yield name.replace("\\", "/"), False
    for start in range(0 if name.startswith(("/", "\\")) else 1, len(inner)):
        yield "/".join(inner[start:]), True
