"""The lines of YOLO's label files: a class, and a box or a polygon."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from cyclemlp.data.messages import shortened

_ROUNDING = 0.01  # how far tools place points beyond the image


class Line(NamedTuple):
    """One object.

    Attributes:
        number: the line's number, from 1.
        label: the class's number.
        values: center, width and height of a box; or x and y of 3 or more points. They are
            fractions of the image's width and height.
        text: the line.
    """

    number: int
    label: int
    values: tuple[float, ...]
    text: str

    @property
    def is_box(self) -> bool:
        """Whether the line has a box, not a polygon."""
        return len(self.values) == 4

    def points(self, width: int, height: int) -> list[float]:
        """Return a polygon's points in pixels."""
        return [value * (height if i % 2 else width) for i, value in enumerate(self.values)]

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Return the box, or the polygon's bounding box, in pixels."""
        if not self.is_box:
            points = self.points(width, height)
            xs, ys = points[::2], points[1::2]
            return min(xs), min(ys), max(xs), max(ys)
        x, y, w, h = self.values
        sides = ((x - w / 2) * width, (y - h / 2) * height)
        return *sides, (x + w / 2) * width, (y + h / 2) * height


def parse_line(text: str, number: int, classes: Collection[int], key_values: int = 0) -> Line:
    """Parse a line.

    Args:
        text: the line, which is not blank.
        number: its number.
        classes: the numbers of the classes.
        key_values: number of the values of key points, which are left out behind a box.

    Raises:
        ValueError: it is not a box or polygon of a known class; the message has the reason.
    """
    parts = text.split()
    if key_values and len(parts) == 5 + key_values:
        parts = parts[:5]
    if len(parts) != 5 and (len(parts) < 7 or len(parts) % 2 == 0):
        scored = "; remove the score behind the box" if len(parts) == 6 else ""
        raise ValueError(
            f"{len(parts)} values, but a box has 5 (class x y width height), and a polygon has "
            f"a class and the x and y of 3 or more points{scored}"
        )
    first, *values = (_number(part) for part in parts)
    if first not in classes:
        raise ValueError(f"class {parts[0]}, but {_known(classes)}")
    _check_range(parts[1:], values)
    return Line(number, int(first), tuple(values), text)


def _known(numbers: Collection[int]) -> str:
    first, last = min(numbers), max(numbers)
    if len(numbers) == 1:
        return f"the only class is {first}"
    if last - first + 1 == len(numbers):
        return f"the {len(numbers)} classes are {first} to {last}"
    listed = ", ".join(map(str, sorted(numbers)[:8])) + " …" * (len(numbers) > 8)
    return f"the {len(numbers)} classes are {listed}"


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{shortened(text)} is not a number")
    return value


def _check_range(texts: Sequence[str], values: Sequence[float]) -> None:
    """Refuse coordinates outside 0..1; a negative width is that of a box drawn backwards."""
    for index, value in enumerate(values):
        size = len(values) == 4 and index >= 2
        if not (-1 if size else 0) - _ROUNDING <= value <= 1 + _ROUNDING:
            raise ValueError(
                f"{texts[index]} is outside 0 to 1; coordinates are fractions of the image's "
                "width and height"
            )
