"""Tables of colors: ``class_dict.csv`` and CamVid's ``label_colors.txt``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.colors import Color
from cyclemlp.data.layouts.common.csv_files import read_csv
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.palette import Palette, is_ignored_name

_LINE = re.compile(r"\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)[\s,]+(\S.*?)\s*")


class NamedColor(NamedTuple):
    """A line of a table of colors, with its number."""

    line: int
    name: str
    color: Color


def read_color_file(file: Path) -> ClassTable:
    """Read a file of one of the names `COLOR_FILES`. Masks hold the colors.

    Raises:
        ValueError: a line has another form, names or colors are not distinct, or all are ignored.
    """
    return class_table(file, COLOR_FILES[file.name](file), only=True)


def class_table(file: Path, entries: Sequence[NamedColor], only: bool) -> ClassTable:
    """Make a class of each color, with its position as value; void and the like are ignored.

    Args:
        file: the table, for messages.
        entries: its lines.
        only: see `Palette`.

    Raises:
        ValueError: names or colors are not distinct, or there is no class.
    """
    for what, keys in (
        ("name", [entry.name for entry in entries]),
        ("color", [entry.color for entry in entries]),
    ):
        _check_distinct(file, entries, what, keys)
    numbered = list(enumerate(entries))
    kept = [(value, entry) for value, entry in numbered if not is_ignored_name(entry.name)]
    if not kept:
        raise ValueError(f"{file}: it has no class; expected a name and a color in each line")
    values = tuple(value for value, _ in kept)
    ignored = tuple(value for value, entry in numbered if is_ignored_name(entry.name))
    colors = tuple(entry.color for entry in entries)
    palette = Palette(str(file), colors, tuple(range(len(entries))), only)
    names, own = zip(*((entry.name, entry.color) for _, entry in kept), strict=True)
    return ClassTable(names, values, ignored, own, palette)


def parsed_color(parts: Sequence[str]) -> Color | None:
    """Return the color that three texts stand for, or None if they are not three of 0..255."""
    texts = [part.strip() for part in parts]
    numbers = [int(text) for text in texts if text.isdecimal() and int(text) <= 255]
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == len(texts) == 3 else None


def _check_distinct(
    file: Path, entries: Sequence[NamedColor], what: str, keys: Sequence[object]
) -> None:
    for position, key in enumerate(keys):
        first = keys.index(key)
        if first < position:
            raise ValueError(
                f"{file}, line {entries[position].line}: the {what} {key!r} is already in line "
                f"{entries[first].line}; every class has its own {what}"
            )


def _read_lines(file: Path) -> list[NamedColor]:
    """Read lines of red, green, blue and name."""
    entries = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        color = parsed_color(match.groups()[:3]) if match else None
        if match is None or color is None:
            raise ValueError(
                f"{file}, line {number}: expected R G B name, such as 128 64 128 road, got {line!r}"
            )
        entries.append(NamedColor(number, match[4], color))
    return entries


def _read_csv(file: Path) -> list[NamedColor]:
    """Read a table with the columns name, r, g and b."""
    entries = []
    for number, cells in read_csv(file, ("name", "r", "g", "b")):
        color = parsed_color([cells[part] for part in "rgb"])
        if not cells["name"] or color is None:
            raise ValueError(
                f"{file}, line {number}: expected a name and 3 numbers in 0..255, got "
                f"{', '.join(cells.values())!r}"
            )
        entries.append(NamedColor(number, cells["name"], color))
    return entries


COLOR_FILES = {
    "class_dict.csv": _read_csv,
    "class_dict_seg.csv": _read_csv,
    "label_colors.txt": _read_lines,
}
"""Readers by the names of the files, preferred ones first."""
