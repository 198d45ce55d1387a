"""The colors of masks that hold a color, and not a class number, in each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cyclemlp.data.colors import Color

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
        return _values_by_color(self)[_packed(pixels)]

    def refusal(self, unknown: np.ndarray) -> str:
        """Describe ``(N, 3)`` pixels whose colors are not in the table, for a message."""
        keys, counts = np.unique(_packed(unknown), return_counts=True)
        most = np.argsort(-counts, kind="stable")[:_SHOWN]
        named = [
            f"{count} {'pixel' if count == 1 else 'pixels'} of the color {_color(key)}"
            for key, count in zip(keys[most].tolist(), counts[most].tolist(), strict=True)
        ]
        more = len(keys) - _SHOWN
        others = f" and {more} more {'color' if more == 1 else 'colors'}" if more > 0 else ""
        return (
            f"{', '.join(named)}{others}, not among the {len(self.colors)} colors of {self.where}; "
            "add the color there, or correct the mask"
        )


def is_ignored_name(name: str) -> bool:
    """Return whether a color of this name marks pixels to ignore: void, ignore or unlabelled."""
    return name.strip().lower() in _IGNORED_NAMES


@lru_cache(maxsize=2)  # 64 MiB each; a process reads few palettes
def _values_by_color(palette: Palette) -> np.ndarray:
    table = np.full(1 << 24, _UNKNOWN, dtype=np.int32)
    table[_packed(np.asarray(palette.colors, dtype=np.uint8))] = palette.values
    return table


def _packed(colors: np.ndarray) -> np.ndarray:
    """Pack ``(..., 3)`` uint8 colors into ``(...)`` int32."""
    packed = colors[..., 0].astype(np.int32)
    for channel in (1, 2):
        packed <<= 8
        packed |= colors[..., channel]
    return packed


def _color(key: int) -> Color:
    return key >> 16, key >> 8 & 255, key & 255
