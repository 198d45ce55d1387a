"""Colours of classes."""

from __future__ import annotations

from typing import Any

Color = tuple[int, int, int]
"""Red, green and blue, each in 0..255."""


def is_color(value: Any) -> bool:
    """Return whether a value of JSON is a color: a list of three integers in 0..255."""
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(type(part) is int and 0 <= part <= 255 for part in value)  # true is none
    )
