"""A selection of the samples of a split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection
from cyclemlp.data.split import Check, Sample, Split


class Subset(Split):
    """The samples of a split with the given indices, in the given order.

    Args:
        split: the split to select from.
        indices: indices into `split`.
    """

    def __init__(self, split: Split, indices: Sequence[int]) -> None:
        self.name, self.classes, self.notes = split.name, split.classes, split.notes
        self.colors, self.classes_required = split.colors, split.classes_required
        self.channels, self.has_files = split.channels, split.has_files
        self.split = split
        self.indices = tuple(indices)

    @override
    def __len__(self) -> int:
        return len(self.indices)

    @override
    def __getitem__(self, index: int) -> Sample:
        return self.split[self.indices[index]]

    @override
    def source(self, index: int) -> str:
        return self.split.source(self.indices[index])

    @override
    def labels(self, index: int) -> Sequence[int]:
        return self.split.labels(self.indices[index])

    @override
    def with_channels(self, channels: int | None) -> Self:
        other = super().with_channels(channels)
        other.split = self.split.with_channels(channels)
        return other

    @override
    def inspect(self, index: int) -> Inspection:
        return self.split.inspect(self.indices[index])

    @override
    def check(self, index: int) -> Check:
        return self.split.check(self.indices[index])
