"""A split of images that a list names, with one label each."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection, inspect_image
from cyclemlp.data.split import Fault, Sample, Split


class ClassList(Split):
    """Listed images with one label each. A file that does not exist is the fault of its sample.

    Args:
        name: the split's name.
        files: paths of the images.
        targets: their labels.
        classes: class names, in the order of the labels.
        strays: see `Split`.
        notes: see `Split`.
    """

    def __init__(
        self,
        name: str,
        files: Sequence[str],
        targets: Sequence[int],
        classes: Sequence[str],
        strays: Sequence[Fault] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.files = tuple(files)
        self.targets = tuple(targets)
        self.classes = tuple(classes)
        self.strays = tuple(strays)
        self.notes = tuple(notes)

    @override
    def __len__(self) -> int:
        return len(self.files)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(self.picture(self.files[index]), self.targets[index])

    @override
    def source(self, index: int) -> str:
        return self.files[index]

    @override
    def labels(self, index: int) -> Sequence[int]:
        return (self.targets[index],)

    @override
    def inspect(self, index: int) -> Inspection:
        return inspect_image(self.files[index], self.channels)
