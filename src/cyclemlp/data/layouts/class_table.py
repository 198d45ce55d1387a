"""Classes of index masks: their names and colours, and which pixel value means which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cyclemlp.data.layouts.folders import read_json, read_text
from cyclemlp.data.split import Color, label_map, shortened, shown

_VALUES = 1 << 16
_UNKNOWN = -1


def ignore_index(num_classes: int) -> int:
    """The target value of pixels that do not count: 255, or 65535 for more than 255 classes."""
    return 255 if num_classes <= 255 else 65535


@dataclass(frozen=True)
class ClassTable:
    """Which class each value of a mask means.

    Args:
        classes: names, in the order of the labels.
        values: the mask value of each class.
        ignored: mask values of pixels that do not count.
        colors: of each class, or empty.

    Raises:
        ValueError: names or values that are not distinct or out of range.
    """

    classes: tuple[str, ...]
    values: tuple[int, ...]
    ignored: tuple[int, ...] = (255,)
    colors: tuple[Color, ...] = ()

    def __post_init__(self) -> None:
        for what, items in (("names", self.classes), ("values", self.values)):
            if len(set(items)) != len(items):
                raise ValueError(f"class {what} have to be distinct, got {list(items)}")
        outside = [v for v in (*self.values, *self.ignored) if not 0 <= v < _VALUES]
        if outside:
            raise ValueError(f"mask values are in 0..{_VALUES - 1}, got {outside}")

    def lookup(self) -> np.ndarray:
        """Labels by mask value: ``(65536,)`` int32, -1 where a value means nothing."""
        table = np.full(_VALUES, _UNKNOWN, dtype=np.int32)
        table[list(self.ignored)] = ignore_index(len(self.classes))
        table[list(self.values)] = np.arange(len(self.values))  # a class may be worth 255
        return table

    def ordered(self, classes: Sequence[str] | None, where: str) -> ClassTable:
        """The same with the labels of `classes`, e.g. a bundle's.

        Raises:
            ValueError: a class is none of `classes`.
        """
        if classes is None or tuple(classes) == self.classes:
            return self
        labels = label_map(where, self.classes, classes)
        values = {label: self.values[own] for own, label in labels.items()}
        free = iter(v for v in range(_VALUES) if v not in {*self.values, *self.ignored})
        colors = {label: self.colors[own] for own, label in labels.items() if self.colors}
        complete = len(colors) == len(classes)
        return ClassTable(
            tuple(classes),
            # a class that this data set does not have gets a value that no good mask holds
            tuple(values[i] if i in values else next(free) for i in range(len(classes))),
            self.ignored,
            tuple(colors[i] for i in range(len(classes))) if complete else (),
        )


def by_values(values: Iterable[int], where: str) -> ClassTable:
    """Classes ``class_<value>`` for the values found in masks; 255 does not count.

    Raises:
        ValueError: a single class, as in masks of 0 and 255.
    """
    found = tuple(sorted(set(values) - {255}))
    if len(found) < 2:
        raise ValueError(
            f"{where}: the masks hold {'no class' if not found else f'the class {found[0]} alone'} "
            "besides 255, which means ignore; if 255 is a class, say so in classes.json: "
            '{"classes": ["background", {"name": "object", "value": 255}]}'
        )
    return ClassTable(tuple(f"class_{value}" for value in found), found)


def by_position(classes: Sequence[str]) -> ClassTable:
    """Given names for the mask values 0, 1, 2, …, or those that ``class_<value>`` tell."""
    numbers = [name.removeprefix("class_") for name in classes]
    if all(number.isdecimal() for number in numbers):
        return ClassTable(tuple(classes), tuple(map(int, numbers)))
    return ClassTable(tuple(classes), tuple(range(len(classes))))


def read_class_file(file: Path) -> ClassTable:
    """Read ``classes.json``.

    Its form, where everything but the names may be left out::

        {
          "classes": ["sky", {"name": "road", "value": 3, "color": [128, 64, 128]}],
          "ignore_index": 255
        }

    ``value`` is the class's value in the masks, by default its place in the list, from 0;
    ``ignore_index`` is one value, a list of them, or null for none. Colours count if every class
    has one.

    Raises:
        ValueError: another form; the message says where.
    """
    content = read_json(file)
    try:
        return _described(content if isinstance(content, dict) else {"classes": content})
    except ValueError as error:
        raise ValueError(
            f'{file}: {error}; expected {{"classes": [NAME or {{"name": NAME, "value": 0, '
            '"color": [R, G, B]}, …], "ignore_index": 255}'
        ) from error


def _described(content: dict[str, Any]) -> ClassTable:
    if "classes" not in content:
        raise ValueError("no 'classes'")
    entries = content["classes"]
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"the classes are a list of at least one, got {shortened(entries)}")
    parsed = [_entry(number, entry) for number, entry in enumerate(entries)]
    names, values, colors = zip(*parsed, strict=True)
    return ClassTable(names, values, _ignored(content, values), colors if all(colors) else ())


def _ignored(content: dict[str, Any], values: Sequence[int]) -> tuple[int, ...]:
    """The values that do not count; null and an empty list are none."""
    if "ignore_index" not in content:
        return () if 255 in values else (255,)  # 255 of a binary mask is a class
    given = content["ignore_index"]
    listed = given if isinstance(given, list) else [] if given is None else [given]
    ignored = tuple(_whole("ignore_index", value) for value in listed)
    both = [value for value in ignored if value in values]
    if both:
        raise ValueError(f"{both[0]} is a class's value and ignore_index; it can be one of them")
    return ignored


def _entry(number: int, entry: Any) -> tuple[str, int, Color | None]:
    known = entry if isinstance(entry, dict) else {"name": entry}
    name, color = known.get("name"), known.get("color")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"class {number} has no name, got {shortened(entry)}")
    if color is not None and not _is_color(color):
        raise ValueError(
            f"class {number} has the color {shortened(color)}, which is not 3 numbers in 0..255"
        )
    value = _whole(f"the value of class {number}", known.get("value", number))
    return name, value, None if color is None else tuple(color)


def _whole(what: str, value: Any) -> int:
    if type(value) is not int:  # true is one to Python
        raise ValueError(f"{what} is a whole number, got {shortened(value)}")
    return value


def _is_color(color: Any) -> bool:
    return (
        isinstance(color, list)
        and len(color) == 3
        and all(type(part) is int and 0 <= part <= 255 for part in color)
    )


def read_ade_names(file: Path) -> tuple[str, ...]:
    """Class names of ADE20K's ``objectInfo150.txt``: number, share, two counts, name(s).

    Raises:
        ValueError: another form.
    """
    rows = [line.split(None, 4) for line in read_text(file).splitlines()]
    numbered = [row for row in rows if len(row) == 5 and row[0].isdecimal()]
    if [int(row[0]) for row in numbered] != list(range(1, len(numbered) + 1)) or not numbered:
        raise ValueError(f"{file}: expected lines of number, ratio, two counts and name, from 1 on")
    names = [row[4].strip().split(",")[0] for row in numbered]
    if len(set(names)) != len(names):  # first names alone may coincide
        names = [row[4].strip() for row in numbered]
    return tuple(names)


def describe_unknown(values: np.ndarray, table: ClassTable) -> str:
    """A sentence on mask values that mean no class."""
    listed = [str(value) for value in values.tolist()]
    return (
        f"values {', '.join(listed[:8])}{' …' if len(listed) > 8 else ''} mean no class; "
        f"the classes are {shown(table.classes)} with the values "
        f"{', '.join(map(str, table.values[:8]))}{' …' if len(table.values) > 8 else ''}"
    )


# Cordts et al., "The Cityscapes Dataset", CVPR 2016: the 19 classes of its evaluation, with the
# label ids, colours and order (train ids) that its released scripts publish.
_CITYSCAPES = (
    ("road", 7, (128, 64, 128)),
    ("sidewalk", 8, (244, 35, 232)),
    ("building", 11, (70, 70, 70)),
    ("wall", 12, (102, 102, 156)),
    ("fence", 13, (190, 153, 153)),
    ("pole", 17, (153, 153, 153)),
    ("traffic light", 19, (250, 170, 30)),
    ("traffic sign", 20, (220, 220, 0)),
    ("vegetation", 21, (107, 142, 35)),
    ("terrain", 22, (152, 251, 152)),
    ("sky", 23, (70, 130, 180)),
    ("person", 24, (220, 20, 60)),
    ("rider", 25, (255, 0, 0)),
    ("car", 26, (0, 0, 142)),
    ("truck", 27, (0, 0, 70)),
    ("bus", 28, (0, 60, 100)),
    ("train", 31, (0, 80, 100)),
    ("motorcycle", 32, (0, 0, 230)),
    ("bicycle", 33, (119, 11, 32)),
)


def cityscapes(label_ids: bool) -> ClassTable:
    """The table of Cityscapes' 19 classes.

    Args:
        label_ids: whether the masks hold label ids (``*_labelIds.png``) and not train ids.
    """
    names, ids, colors = zip(*_CITYSCAPES, strict=True)
    if not label_ids:
        return ClassTable(names, tuple(range(len(names))), (255,), colors)
    others = tuple(value for value in range(35) if value not in ids)
    return ClassTable(names, ids, (*others, 255), colors)  # licence plates, -1, are stored as 255
