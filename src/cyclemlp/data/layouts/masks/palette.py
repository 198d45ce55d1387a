"""The colors of masks that hold a color, and not a class number, in each pixel."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from cyclemlp.data.split import Color

_IGNORED_NAMES = frozenset({"void", "ignore", "ignored", "unlabelled", "unlabeled"})
_SHOWN = 3  # colors named in a message
_UNKNOWN = -1


@dataclass(frozen=True)
class Palette:
    """The mask value of each color.

    Args:
        where: the table of the colors, for messages.
        colors: distinct colors.
        values: the value of each color, in 0..65535.
        only: whether all masks hold colors. False if gray and palette masks hold class numbers.
    """

    where: str
    colors: tuple[Color, ...]
    values: tuple[int, ...]
    only: bool = False

    def values_of(self, pixels: np.ndarray) -> np.ndarray:
        """Return the values of ``(H, W, 3)`` uint8 pixels: ``(H, W)`` int32, -1 for unknown."""
        keys = _packed(np.asarray(self.colors, dtype=np.uint8))
        order = np.argsort(keys)
        keys, values = keys[order], np.asarray(self.values, dtype=np.int32)[order]
        wanted = _packed(pixels)
        places = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
        return np.where(keys[places] == wanted, values[places], _UNKNOWN)

    def refusal(self, unknown: np.ndarray) -> str:
        """Describe ``(N, 3)`` pixels whose colors are not in the table, for a message."""
        counts = Counter(map(tuple, unknown.tolist())).most_common()
        named = [
            f"{count} {'pixel' if count == 1 else 'pixels'} of the color {color}"
            for color, count in counts[:_SHOWN]
        ]
        more = len(counts) - _SHOWN
        others = f" and {more} more {'color' if more == 1 else 'colors'}" if more > 0 else ""
        return (
            f"{', '.join(named)}{others}, not among the {len(self.colors)} colors of {self.where}; "
            "add the color there, or correct the mask"
        )


def is_ignored_name(name: str) -> bool:
    """Return whether a color of this name marks pixels to ignore: void, ignore or unlabelled."""
    return name.strip().lower() in _IGNORED_NAMES


def _packed(colors: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(colors.astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue
