"""The classes of Pascal VOC's masks: the standard 20 and background, or those of a tool's file.

CVAT writes ``labelmap.txt``, and LabelMe's converter ``labelme2voc.py`` writes ``class_names.txt``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cyclemlp.data.colors import Color
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.labelme_classes import IGNORE, OWN_BACKGROUND, names_in
from cyclemlp.data.layouts.masks.background import BACKGROUND
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.color_files import NamedColor, class_table, parsed_color
from cyclemlp.data.layouts.masks.palette import Palette

_VOID = 255
_VOID_COLOR: Color = (224, 224, 192)
_NAMES = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair"),
    *("cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa"),
    *("train", "tvmonitor"),
)


def voc_classes() -> ClassTable:
    """Return the 21 classes of Pascal VOC with its colors; the value 255 is ignored."""
    colors = tuple(voc_color(value) for value in range(len(_NAMES)))
    values = tuple(range(len(_NAMES)))
    palette = Palette("Pascal VOC's classes", (*colors, _VOID_COLOR), (*values, _VOID))
    return ClassTable(_NAMES, values, (_VOID,), colors, palette)


def read_labelmap(file: Path) -> ClassTable:
    """Read lines of ``name:R,G,B:parts:actions``.

    The value of a class is its position in the file. Without a color it has Pascal VOC's color of
    this value. The value 255 and the color of Pascal VOC's borders are ignored.

    Raises:
        ValueError: a line has another form, or names or colors are not distinct.
    """
    entries: list[NamedColor] = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            entries.append(_entry(file, number, line, len(entries)))
    table = class_table(file, entries, only=False)
    return table if len(entries) > _VOID else _with_void(table)


def read_class_names(file: Path) -> ClassTable:
    """Read one name a line: the value of a class is its position, and its color is Pascal VOC's.

    The value 255 is ignored, as which LabelMe writes pixels of ``__ignore__``.

    Raises:
        ValueError: a name occurs twice, or there is none.
    """
    listed = names_in(file, (IGNORE,))
    names = tuple(BACKGROUND if name == OWN_BACKGROUND else name for name in listed)
    colors = tuple(map(voc_color, range(len(names))))
    return ClassTable(names, tuple(range(len(names))), colors=colors)


def _with_void(table: ClassTable) -> ClassTable:
    palette = table.palette
    assert palette is not None
    if _VOID_COLOR not in palette.colors:
        colors, values = (*palette.colors, _VOID_COLOR), (*palette.values, _VOID)
        palette = replace(palette, colors=colors, values=values)
    return replace(table, ignored=(*table.ignored, _VOID), palette=palette)


def voc_color(value: int) -> Color:
    """Return Pascal VOC's color of a mask value; bits of the value alternate between channels."""
    red, green, blue = (
        sum((value >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(8))
        for channel in range(3)
    )
    return red, green, blue


def _entry(file: Path, number: int, line: str, position: int) -> NamedColor:
    name, _, rest = line.strip().partition(":")
    text = rest.partition(":")[0].strip()
    color = parsed_color(text.split(",")) if text else voc_color(position)
    if not name.strip() or color is None:
        raise ValueError(f"{file}, line {number}: expected name:R,G,B:parts:actions, got {line!r}")
    return NamedColor(number, name.strip(), color)
