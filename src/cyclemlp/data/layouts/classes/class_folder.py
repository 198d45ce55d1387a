"""A split that is a folder with a sub-folder of images for each class."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection, inspect_image
from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.common.copies import copies_among, note_on_copies
from cyclemlp.data.layouts.common.files import count_files, files_below, is_system_file
from cyclemlp.data.layouts.masks.beside import masks_among, note_on_masks
from cyclemlp.data.messages import shown
from cyclemlp.data.split import Fault, Sample, Split
from cyclemlp.data.splitting import same_name


class ClassFolder(Split):
    """The class folders ``FOLDER/<class>/*``, sorted by name.

    Images may be in sub-folders of a class folder. Every file is a sample, whatever its suffix,
    except system files, which are counted, and masks and copies of images, which are noted.

    Args:
        folder: ``ROOT/<split>``.
        name: the split's name.
        classes: the order of the labels; the default is the order of the folders.
        notes: see `Split`.

    Raises:
        ValueError: there are no class folders, no files in them, or a class that `classes` lacks.
    """

    def __init__(
        self,
        folder: str | Path,
        name: str,
        classes: Sequence[str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        found = _scan(Path(folder))
        self.folder = Path(folder)
        self.name = name
        self.notes = (*notes, *_leave_out(found), *_note_on_empty(found))
        self.classes = found.classes if classes is None else tuple(classes)
        if not found.classes:
            raise ValueError(
                f"{folder} has no class folders; expected one sub-folder of images per class"
            )
        spelled = {same_name(name): name for name in self.classes}  # letters may be decomposed
        own = {name: spelled.get(same_name(name), name) for name in found.classes}
        label_map(str(folder), [*own.values()], self.classes)  # raises if a class is unknown
        self.strays = tuple(Fault(file, "not in a class folder") for file in found.strays)
        self.ignored = found.ignored
        numbers = {name: number for number, name in enumerate(self.classes)}
        self.files = tuple(found.files)
        self.targets = tuple(numbers[own[name]] for name in found.labels)
        if not self.files:
            raise ValueError(f"{folder} has no images: its class folders are empty")

    @override
    def __len__(self) -> int:
        return len(self.files)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(self.picture(self.source(index)), self.targets[index])

    @override
    def source(self, index: int) -> str:
        return str(self.folder / self.files[index])

    @override
    def labels(self, index: int) -> Sequence[int]:
        return (self.targets[index],)

    @override
    def inspect(self, index: int) -> Inspection:
        return inspect_image(self.source(index), self.channels)


@dataclass
class _Scan:
    """The content of a split's folder: `labels` are the class names of `files`."""

    classes: tuple[str, ...] = ()
    files: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    ignored: int = 0


def _note_on_empty(found: _Scan) -> Iterator[str]:
    filled = set(found.labels)
    if empty := [name for name in found.classes if name not in filled]:
        yield f"folders without files are classes, too: {shown(empty)}"


def _leave_out(found: _Scan) -> Iterator[str]:
    """Leave out copies and masks of images, and yield a note on each kind."""
    copies = copies_among(found.files)
    masks = masks_among([file for file in found.files if file not in copies])
    if copies or masks:
        pairs = zip(found.files, found.labels, strict=True)
        kept = [pair for pair in pairs if pair[0] not in copies and pair[0] not in masks]
        found.files, found.labels = [file for file, _ in kept], [label for _, label in kept]
    yield from (*note_on_copies(copies), *note_on_masks(masks))


def _scan(folder: Path) -> _Scan:
    found = _Scan()
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if is_system_file(entry.name):
            found.ignored += count_files(Path(entry.path)) if entry.is_dir() else 1
        elif entry.is_dir():
            _scan_class(folder, entry.name, found)
        else:
            found.strays.append(entry.path)
    return found


def _scan_class(folder: Path, name: str, found: _Scan) -> None:
    files, ignored = files_below(folder / name)
    found.classes += (name,)
    found.files += sorted(file.relative_to(folder).as_posix() for file in files)
    found.labels += [name] * len(files)
    found.ignored += ignored
