"""A table of offsets, one for each channel, and what the paths need of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import torch

from cyclemlp.ops.offsets import Slice, period_slices

Offset = tuple[int, int]  # rows down, columns right

MOST_PIXELS = 2**15 - 1  # of an offset: GPU kernels count elements of an image in 32 bits
# Each slice is a copy that touches the whole image. Beyond this many, sorting the channels by
# offset, two copies of the image, takes less time.
_FEW_SLICES = 16


class Moves(Protocol):
    """The offsets that an implementation moves channels by: a `Cycle` or a `Table`."""

    @property
    def offsets(self) -> list[Offset]:
        """One period; channel `c` uses entry `c % length`. Do not change the list."""
        ...

    @property
    def length(self) -> int:
        """The number of offsets of one period."""
        ...

    def slices(self, back: bool = False) -> list[Slice]:
        """Return the moved slices of channels; `back` moves them by the opposite offsets."""
        ...


@dataclass(frozen=True)
class Table:
    """The offsets of all channels, checked.

    Attributes:
        channels: number of channels `C`.
        period: the shortest period, at most `C` offsets.
    """

    channels: int
    period: tuple[Offset, ...]

    @property
    def offsets(self) -> list[Offset]:
        """One period; channel `c` uses entry `c % length`."""
        return list(self.period)

    @property
    def length(self) -> int:
        """The number of offsets of one period."""
        return len(self.period)

    @cached_property
    def whole(self) -> tuple[Offset, ...]:
        """The offset of every channel."""
        return tuple(self.period[c % len(self.period)] for c in range(self.channels))

    def slices(self, back: bool = False) -> list[Slice]:
        """Return the moved slices of channels; `back` moves them by the opposite offsets."""
        return self._slices_back if back else self._slices

    @cached_property
    def _slices(self) -> list[Slice]:
        if len(self.period) < self.channels:
            return period_slices(self.offsets)
        return _runs_of(self.offsets)

    @cached_property
    def _slices_back(self) -> list[Slice]:
        return [(*channels, -di, -dj) for *channels, di, dj in self._slices]  # pyright: ignore[reportReturnType]

    @cached_property
    def order(self) -> list[int] | None:
        """The channels sorted by offset if the table has too many slices, else None."""
        kinds = set(self.period) - {(0, 0)}
        if len(self.slices()) <= max(_FEW_SLICES, len(kinds)):
            return None
        return sorted(range(self.channels), key=self.whole.__getitem__)

    @cached_property
    def in_order(self) -> Table:
        """The table of the channels in the order of `order`."""
        order = self.order or range(self.channels)
        return Table(self.channels, tuple(self.whole[c] for c in order))


def table_of(offsets: Any, channels: int) -> Table:
    """Check a table of offsets and return it.

    Args:
        offsets: `(C, 2)`: a tensor, a sequence of pairs, or a table that was checked before.
        channels: `C`.

    Raises:
        ValueError: not one pair of integers for each channel, or offsets that no image has.
    """
    if isinstance(offsets, Table) and offsets.channels == channels:
        return offsets
    if not isinstance(offsets, tuple):
        offsets = _pairs(offsets)
    check = _checked if torch.compiler.is_compiling() else _cached  # which compilers look through
    try:
        return check(offsets, channels)
    except (TypeError, ValueError, OverflowError):
        pass  # not pairs, not of integers, or not C of them: the message below covers all
    raise ValueError(
        f"offsets must be a table of shape (C, 2) = ({channels}, 2): for each input channel the "
        f"rows down and columns to the right that it reads, integers from -{MOST_PIXELS} to "
        f"{MOST_PIXELS}; received {_described(offsets)}. `cycle_offsets` and `axial_offsets` "
        "return such tables."
    )


def axial_offsets(channels: int, shift_size: int, axis: str) -> torch.Tensor:
    """Return the offsets of an axial shift (AS-MLP): contiguous groups along one axis.

    Channel `c` is in group `g = ⌊c / ⌈C/S⌉⌋` and reads `⌊S/2⌋ - g` pixels further; the last group
    is smaller if `S` does not divide `C`.

    Args:
        channels: number of input channels `C`.
        shift_size: `S`, the number of groups.
        axis: `"height"` or `"width"`.

    Returns:
        int64 tensor `(C, 2)` of `(δi, δj)`, as `cycle_offsets` returns.

    Raises:
        ValueError: a shift size below 1, or an unknown axis.

    Source:
        Lian et al., "AS-MLP", ICLR 2022, section 3.2, and its released code.

    Example:
        >>> axial_offsets(5, 3, "width")[:, 1].tolist()
        [1, 1, 0, 0, -1]
    """
    if int(shift_size) != shift_size or shift_size < 1:
        raise ValueError(
            f"shift_size must be a positive integer; received {shift_size!r}. AS-MLP uses 5; 1 "
            "shifts nothing."
        )
    if axis not in ("height", "width"):
        raise ValueError(f"axis must be 'height' or 'width'; received {axis!r}.")
    size = max(1, -(-channels // shift_size))
    along = [shift_size // 2 - c // size for c in range(channels)]
    pairs = [(n, 0) if axis == "height" else (0, n) for n in along]
    # on the CPU even if networks are created on the meta device, which has no values
    return torch.tensor(pairs, dtype=torch.int64, device="cpu").view(channels, 2)


def _pairs(offsets: Any) -> Any:
    if isinstance(offsets, torch.Tensor):
        offsets = offsets.tolist()
    try:
        return tuple(tuple(pair) for pair in offsets)
    except TypeError:
        return offsets


def _described(offsets: Any) -> str:
    if isinstance(offsets, Sequence) and len(offsets) > 8:
        return f"{len(offsets)} entries, {offsets[:2]!r} to {offsets[-1]!r}"
    return repr(offsets)


@lru_cache(maxsize=256)
def _cached(offsets: tuple[Offset, ...], channels: int) -> Table:
    return _checked(offsets, channels)


def _checked(offsets: tuple[Offset, ...], channels: int) -> Table:
    whole = tuple((int(di), int(dj)) for di, dj in offsets)
    if whole != offsets or len(whole) != channels:
        raise ValueError
    if any(abs(n) > MOST_PIXELS for pair in whole for n in pair):
        raise ValueError
    lengths = range(1, channels + 1)
    period = next((n for n in lengths if whole[n:] == whole[: channels - n]), 0)
    return Table(channels, whole[:period])


def _runs_of(offsets: list[Offset]) -> list[Slice]:
    """Return the slices of equally spaced channels that have one offset other than (0, 0)."""
    slices: list[Slice] = []
    for offset in dict.fromkeys(offsets):
        if offset != (0, 0):
            channels = [c for c, other in enumerate(offsets) if other == offset]
            slices += [(*run, *offset) for run in _runs(channels)]
    return slices


def _runs(channels: list[int]) -> list[tuple[int, int, int]]:
    """Split increasing channels into `(first, end, step)` runs."""
    runs: list[tuple[int, int, int]] = []
    while channels:
        step = channels[1] - channels[0] if len(channels) > 1 else 1
        count = 1
        while count < len(channels) and channels[count] == channels[0] + count * step:
            count += 1
        runs.append((channels[0], channels[count - 1] + 1, step))
        channels = channels[count:]
    return runs
