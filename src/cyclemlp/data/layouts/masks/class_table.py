"""The classes of index masks: names, colors and mask values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cyclemlp.data.colors import Color
from cyclemlp.data.labels import ignore_index, label_map
from cyclemlp.data.layouts.masks.palette import Palette
from cyclemlp.data.messages import shown

_VALUES = 1 << 16
_UNKNOWN = -1
_SHOWN = 8  # values listed in a message


@dataclass(frozen=True)
class ClassTable:
    """The classes of index masks.

    Args:
        classes: names, in the order of the labels.
        values: the mask value of each class.
        ignored: mask values of ignored pixels.
        colors: color of each class, or empty.
        palette: the values of the masks' colors; None if masks hold no colors.

    Raises:
        ValueError: names or values are not distinct, or values are out of range.
    """

    classes: tuple[str, ...]
    values: tuple[int, ...]
    ignored: tuple[int, ...] = (255,)
    colors: tuple[Color, ...] = ()
    palette: Palette | None = None

    def __post_init__(self) -> None:
        for what, items in (("names", self.classes), ("values", self.values)):
            if len(set(items)) != len(items):
                raise ValueError(f"class {what} must be distinct, got {list(items)}")
        outside = [v for v in (*self.values, *self.ignored) if not 0 <= v < _VALUES]
        if outside:
            raise ValueError(f"mask values are in 0..{_VALUES - 1}, got {outside}")

    def lookup(self) -> np.ndarray:
        """Return labels by mask value: ``(65536,)`` int32, -1 for unknown values."""
        table = np.full(_VALUES, _UNKNOWN, dtype=np.int32)
        table[list(self.ignored)] = ignore_index(len(self.classes))
        table[list(self.values)] = np.arange(len(self.values))  # last: a class may have value 255
        return table

    def ordered(self, classes: Sequence[str] | None, where: str) -> ClassTable:
        """Return the table with the labels of `classes`, e.g. those of a bundle.

        Args:
            classes: the requested order; None keeps the table's order.
            where: the data set, for messages.

        Raises:
            ValueError: `classes` lacks a class of the table.
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
            # a class that this data set lacks gets a value that no valid mask contains
            tuple(values[i] if i in values else next(free) for i in range(len(classes))),
            self.ignored,
            tuple(colors[i] for i in range(len(classes))) if complete else (),
            self.palette,
        )

    def require_several(self, where: str) -> None:
        """Check that there are at least two classes.

        Args:
            where: the file that defines them, for the message.

        Raises:
            ValueError: there is one.
        """
        if len(self.classes) == 1:
            raise ValueError(
                f"{where}: a single class, {self.classes[0]!r}, which every pixel would have; add "
                "a class for all other pixels, such as 'background'"
            )

    def refusal(self, values: np.ndarray) -> str:
        """Describe mask values that are not in the table, for a message."""
        return (
            f"values {_listed(values.tolist())} mean no class; the classes are "
            f"{shown(self.classes)} with the values {_listed(self.values)}"
        )


def by_position(classes: Sequence[str], first: int = 0) -> ClassTable:
    """Return a table of the given names for the mask values `first`, `first` + 1, ….

    Names of the form ``class_<number>``, as the layouts themselves give, name the value
    `first` + number.
    """
    numbers = [name.removeprefix("class_") for name in classes]
    if all(number.isdecimal() for number in numbers):
        return ClassTable(tuple(classes), tuple(first + int(number) for number in numbers))
    return ClassTable(tuple(classes), tuple(range(first, first + len(classes))))


def _listed(values: Iterable[int]) -> str:
    listed = [str(value) for value in values]
    return f"{', '.join(listed[:_SHOWN])}{' …' if len(listed) > _SHOWN else ''}"
