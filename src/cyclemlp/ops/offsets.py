"""Which position each input channel of a Cycle FC reads."""

from functools import cache
from typing import NamedTuple

import torch

PHASES = ("released", "paper")

Group = tuple[int, int, int, int]  # first channel, step between channels, rows down, columns right
Slice = tuple[int, int, int, int, int]  # first channel, end, step, rows down, columns right

LAST = 2**63 - 1  # the end of a slice that goes on to the last channel


def period_start(stepsize: tuple[int, int], phase: str) -> int:
    """Return how many channels later than printed a cycle starts: ⌊S/2⌋ in released 1-D cycles."""
    height, width = stepsize[0], stepsize[1]
    one_dimensional = height == 1 or width == 1
    return (height * width) // 2 if phase == "released" and one_dimensional else 0


def period_offsets(stepsize: tuple[int, int], phase: str) -> list[tuple[int, int]]:
    """Return the offsets of one cycle of channels; channel `c` uses entry `c % (S_H * S_W)`.

    The formula is the paper's (section 3.2):

        δi(c) = (c mod S_H) - ⌊S_H/2⌋        δj(c) = (⌊c / S_H⌋ mod S_W) - ⌊S_W/2⌋

    The released code starts a 1-D cycle ⌊S/2⌋ channels later, at offset 0, and has no 2-D cycles.
    Scriptable.

    Args:
        stepsize: `(S_H, S_W)`, positive.
        phase: `"released"` or `"paper"`; 2-D stepsizes have only the paper's.

    Returns:
        `S_H * S_W` pairs `(δi, δj)` in pixels, down and to the right.
    """
    height, width = stepsize[0], stepsize[1]
    start = period_start(stepsize, phase)
    offsets: list[tuple[int, int]] = []
    for i in range(height * width):
        c = i + start
        offsets.append((c % height - height // 2, (c // height) % width - width // 2))
    return offsets


def period_slices(offsets: list[tuple[int, int]]) -> list[Slice]:
    """Return the slices of channels that a cycle moves; channels at offset (0, 0) are in none.

    Scriptable.

    Args:
        offsets: one cycle of `(δi, δj)` pairs; channel `c` uses entry `c % len(offsets)`.
    """
    slices: list[tuple[int, int, int, int, int]] = []
    for r, (di, dj) in enumerate(offsets):
        if di != 0 or dj != 0:
            slices.append((r, 9223372036854775807, len(offsets), di, dj))  # LAST
    return slices


class Cycle(NamedTuple):
    """The offsets of one Cycle FC, checked.

    Attributes:
        stepsize: `(S_H, S_W)`, positive.
        phase: one of `PHASES`.
    """

    stepsize: tuple[int, int]
    phase: str

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """One period of `(δi, δj)` pairs, see `period_offsets`. Do not change the list."""
        return _cached_offsets(self.stepsize, self.phase)

    @property
    def length(self) -> int:
        """The number of offsets of one period."""
        return self.stepsize[0] * self.stepsize[1]

    def slices(self, back: bool = False) -> list[Slice]:
        """Return the moved slices of channels; `back` moves them by the opposite offsets."""
        return _cached_slices(self.stepsize, self.phase, back)


@cache
def _cached_offsets(stepsize: tuple[int, int], phase: str) -> list[tuple[int, int]]:
    return period_offsets(stepsize, phase)


@cache
def _cached_slices(stepsize: tuple[int, int], phase: str, back: bool) -> list[Slice]:
    offsets = period_offsets(stepsize, phase)
    return period_slices(opposite(offsets) if back else offsets)


def opposite(offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the opposite offsets."""
    return [(-di, -dj) for di, dj in offsets]


def moved_groups(stepsize: int, phase: str) -> list[Group]:
    """Return the groups of shifted channels: those along the width come first."""
    groups: list[Group] = []
    for size in ((1, stepsize), (stepsize, 1)):
        offsets = period_offsets(size, phase)
        groups += [(r, len(offsets), di, dj) for r, (di, dj) in enumerate(offsets) if di or dj]
    return groups


def cycle_offsets(
    channels: int, stepsize: tuple[int, int] = (1, 3), phase: str = "released"
) -> torch.Tensor:
    """Return the offset of every input channel.

    Args:
        channels: number of input channels `C`.
        stepsize: `(S_H, S_W)`, the paper's pseudo-kernel; positive, odd or even.
        phase: where a 1-D cycle starts: `"released"` at offset 0, as the released weights need;
            `"paper"` at `-⌊S/2⌋`, as printed. 2-D stepsizes have only the printed one.

    Returns:
        int64 tensor `(C, 2)` of `(δi, δj)`: output `[i, j]` reads channel `c` at
        `[i + δi(c), j + δj(c)]`, in pixels.

    Raises:
        ValueError: a stepsize that is not two positive integers, or an unknown phase.

    Example:
        >>> cycle_offsets(4, (1, 3))[:, 1].tolist()
        [0, 1, -1, 0]
        >>> cycle_offsets(4, (1, 3), phase="paper")[:, 1].tolist()
        [-1, 0, 1, -1]
    """
    stepsize = check_stepsize(stepsize)
    check_phase(phase)
    cycle = torch.tensor(period_offsets(stepsize, phase), dtype=torch.int64)
    return cycle[torch.arange(channels) % len(cycle)]


def check_stepsize(stepsize: tuple[int, int]) -> tuple[int, int]:
    """Return `stepsize` as a pair of ints, or raise ValueError."""
    try:
        height, width = stepsize
        if (int(height), int(width)) == (height, width) and min(height, width) >= 1:
            return int(height), int(width)
    except (TypeError, ValueError):
        pass  # not a pair, or not of numbers: the message below covers both
    raise ValueError(
        "stepsize must be two positive integers (S_H, S_W), e.g. (1, 3) along the "
        f"width or (3, 3) along both; received {stepsize!r}. Use (1, 1) for a plain channel FC."
    )


def check_phase(phase: str) -> None:
    """Raise ValueError if `phase` is not one of `PHASES`."""
    if phase not in PHASES:
        raise ValueError(
            f"phase must be one of {', '.join(map(repr, PHASES))}; received {phase!r}. Use "
            "'released' for the released weights and 'paper' for the formula as printed."
        )
