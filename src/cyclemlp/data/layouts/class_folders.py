"""Layouts of data sets on disk, and how a name or folder becomes a split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from cyclemlp.data.images import image_fault, read_image
from cyclemlp.data.layouts.folders import find_split, scan
from cyclemlp.data.layouts.tars import open_class_tar
from cyclemlp.data.layouts.timm_names import TimmSplit, is_timm_string, open_timm
from cyclemlp.data.split import Fault, Sample, Split, Subset, label_map

__all__ = ["ClassFolder", "Fault", "Sample", "Split", "Subset", "TimmSplit", "open_classification"]


class ClassFolder(Split):
    """Class folders ``ROOT/<split>/<class>/*``: a sub-folder is a class, sorted by name.

    Files may lie deeper inside a class folder. What is an image, a file's content says and not
    its name. Hidden files and those an operating system leaves are ignored, and counted.

    Args:
        folder: ``ROOT/<split>``.
        name: the split's name.
        classes: the order the labels follow; by default the sub-folders'.
        notes: see `Split`.

    Raises:
        ValueError: no class folders, no files in them, or a folder that is none of `classes`.
    """

    def __init__(
        self,
        folder: str | Path,
        name: str,
        classes: Sequence[str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        found = scan(Path(folder))
        self.folder = Path(folder)
        self.name = name
        self.notes = tuple(notes)
        self.classes = found.classes if classes is None else tuple(classes)
        if not found.classes:
            raise ValueError(
                f"{folder} has no class folders; expected one sub-folder a class, with its images"
            )
        label_map(str(folder), found.classes, self.classes)  # refuses unknown classes
        self.strays = tuple(Fault(file, "not in a class folder") for file in found.strays)
        self.ignored = found.ignored
        numbers = {name: number for number, name in enumerate(self.classes)}
        self.files = tuple(found.files)
        self.targets = tuple(numbers[name] for name in found.labels)
        if not self.files:
            raise ValueError(f"{folder} has no images at all: its class folders are empty")

    @override
    def __len__(self) -> int:
        return len(self.files)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(read_image(self.source(index)), self.targets[index])

    @override
    def source(self, index: int) -> str:
        return str(self.folder / self.files[index])

    @override
    def labels(self, index: int) -> Sequence[int]:
        return (self.targets[index],)

    @override
    def fault(self, index: int) -> str | None:
        return image_fault(self.source(index))


def open_classification(data: str, split: str, classes: Sequence[str] | None = None) -> Split:
    """Open one split of a data set with a class for each image.

    Args:
        data: a folder with ``ROOT/<split>/<class>/*``; a folder with ``ROOT/<split>.tar`` and
            ``<class>/*`` in it; or a timm data set string: ``torch/NAME?root=DIR``,
            ``hfds/NAME``, ``wds/DIR`` (see `cyclemlp.data.layouts.timm_names`).
        split: ``"train"``, ``"val"``, …; where there is no ``val``, a split of another usual name
            stands in if there is only one, and the split's notes say so.
        classes: the order the labels follow, e.g. a bundle's; by default the data set's own.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no such split, no classes, no images, or a class that is none of `classes`.
    """
    if is_timm_string(data):
        return open_timm(data, split, classes)
    place, notes = find_split(Path(data), split)
    if place.is_file():
        return open_class_tar(place, split, classes, notes)
    return ClassFolder(place, split, classes, notes)
