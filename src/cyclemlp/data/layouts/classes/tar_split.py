"""A split of images in tar files.

timm reads tar files as a stream. The position in a stream cannot be restored exactly with several
workers, the shuffling depends on their number, and images that cannot be decoded are dropped. Here
the positions of all members are indexed first, so that tar files are read like files of a folder:
in any order, with exact resumption and named faults. They have to be uncompressed and on a local
disk.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection, inspect_image
from cyclemlp.data.layouts.classes.tar_members import Member
from cyclemlp.data.split import Fault, Sample, Split


class TarSplit(Split):
    """Images in tar files, with random access. No file stays open between two reads.

    Args:
        name: the split's name.
        members: the images.
        targets: their labels.
        classes: class names.
        strays: see `Split`.
        ignored: see `Split`.
        notes: see `Split`.
    """

    def __init__(
        self,
        name: str,
        members: Sequence[Member],
        targets: Sequence[int],
        classes: Sequence[str],
        strays: Sequence[Fault] = (),
        ignored: int = 0,
        notes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.members = tuple(members)
        self.targets = tuple(targets)
        self.classes = tuple(classes)
        self.strays = tuple(strays)
        self.ignored = ignored
        self.notes = tuple(notes)

    @override
    def __len__(self) -> int:
        return len(self.members)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(self.picture(self._stream(index)), self.targets[index])

    @override
    def source(self, index: int) -> str:
        return str(self.members[index])

    @override
    def labels(self, index: int) -> Sequence[int]:
        return (self.targets[index],)

    @override
    def inspect(self, index: int) -> Inspection:
        return inspect_image(self._stream(index), self.channels)

    def _stream(self, index: int) -> io.BytesIO:
        stream = io.BytesIO(self.members[index].read())
        stream.name = self.source(index)  # type: ignore[attr-defined]  # for error messages
        return stream
