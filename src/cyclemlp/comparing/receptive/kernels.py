"""The pseudo-kernels of a network: the offsets that the channels of its moved layers read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from cyclemlp.models.axial import ShiftFC
from cyclemlp.models.layers import CycleFC
from cyclemlp.ops.offsets import period_offsets


@dataclass(frozen=True)
class PseudoKernel:
    """The offsets of layers that differ at most in their number of channels.

    Attributes:
        name: stepsize and phase, or the extent of an axial shift.
        offsets: ``(δi, δj)`` of each channel, rows down and columns to the right: one period of a
            Cycle FC, all channels of the first such layer of an axial shift.
        layers: number of layers.
    """

    name: str
    offsets: tuple[tuple[int, int], ...]
    layers: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the box around the offsets, in positions."""
        rows, columns = zip(*self.offsets, strict=True)
        return max(rows) - min(rows) + 1, max(columns) - min(columns) + 1


def pseudo_kernels(networks: Iterable[nn.Module]) -> list[PseudoKernel]:
    """Return the pseudo-kernels of all Cycle FCs and shifted FCs, in the order of their layers."""
    first: dict[str, tuple[tuple[int, int], ...]] = {}
    count: Counter[str] = Counter()
    for name, offsets in _layers(networks):
        first.setdefault(name, offsets)
        count[name] += 1
    return [PseudoKernel(name, offsets, count[name]) for name, offsets in first.items()]


Layer = tuple[str, tuple[tuple[int, int], ...]]
"""The name of a pseudo-kernel and its offsets."""


def _layers(networks: Iterable[nn.Module]) -> Iterator[Layer]:
    for module in (module for network in networks for module in network.modules()):
        if isinstance(module, CycleFC):
            yield _of_cycle(module)
        elif isinstance(module, ShiftFC):
            yield _of_shift(module)


def _of_cycle(layer: Any) -> Layer:  # timm's decorator hides the types of these layers
    height, width = layer.stepsize
    name = f"Cycle FC {height}×{width}, phase {layer.phase}"
    return name, tuple(period_offsets(layer.stepsize, layer.phase))


def _of_shift(layer: Any) -> Layer:
    height, width = PseudoKernel("", layer.table.whole, 1).size
    return f"axial shift {height}×{width}", layer.table.whole
