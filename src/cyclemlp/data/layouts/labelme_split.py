"""One split in LabelMe's layout: its files are read, and their images are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.layouts.common.image_search import ImageSearch, last_parts
from cyclemlp.data.layouts.labelme_classes import named_classes, shown_classes
from cyclemlp.data.layouts.labelme_file import LABELME, LabelmeFile, read_labelme
from cyclemlp.data.layouts.labelme_scenes import grouped
from cyclemlp.data.split import Fault


class LabelmeSplit(NamedTuple):
    """The content of a split.

    Attributes:
        folder: the split's folder.
        files: the files and their images; None if there is no image.
        strays: the images without a file.
        notes: messages for the user.
    """

    folder: Path
    files: list[tuple[LabelmeFile, Path | None]]
    strays: tuple[Fault, ...]
    notes: tuple[str, ...]


def read_split(root: Path, split: str) -> LabelmeSplit:
    """Read a split.

    Raises:
        ValueError: there is no such split, or it has no JSON files.
    """
    folder, notes = LABELME.split_folder(root, split)
    read = _read(folder)
    search = ImageSearch(folder, (), [content.image for content in read if content.image])
    images = _images_of(read, search)
    annotated = set(images)
    reason = "no JSON file annotates it; annotate it, or remove it"
    strays = tuple(Fault(str(file), reason) for file in search.images if file not in annotated)
    files = list(zip(read, images, strict=True))
    return LabelmeSplit(folder, files, strays, (*notes, *search.notes(), *_on_groups(read)))


def classes_of(root: Path, content: LabelmeSplit) -> tuple[str, ...]:
    """Return the classes of a data set, which are the same for all splits.

    Args:
        root: the data set's folder.
        content: the opened split; its labels are used if there is no training split.

    Raises:
        ValueError: there are no classes.
    """
    if (named := named_classes(root)) is not None:
        return named
    folder = content.folder
    with suppress(ValueError):
        folder = LABELME.split_folder(root, "train")[0]
    own = [file for file, _ in content.files]
    return shown_classes(folder, own if folder == content.folder else _read(folder))


def _read(folder: Path) -> Sequence[LabelmeFile]:
    files = LABELME.below(folder)
    if not files:
        raise ValueError(f"{folder} has no JSON files; LabelMe writes one for each image")
    return [read_labelme(file) for file in files]


def _on_groups(read: Sequence[LabelmeFile]) -> Iterator[str]:
    """Yield a note if shapes are joined, because some programs number all objects alike."""
    shapes = sum(len(content.outlines) for content in read)
    objects = sum(1 for content in read for _ in grouped(content.outlines))
    if objects < shapes:
        yield (
            f"{shapes} shapes are {objects} objects: shapes of one label and group_id in an image "
            "are one object; remove group_id if they are several"
        )


def _images_of(read: Sequence[LabelmeFile], search: ImageSearch) -> list[Path | None]:
    known = set(search.images)
    by_stem: dict[Path, list[Path]] = {}
    for image in search.images:
        by_stem.setdefault(image.with_suffix(""), []).append(image)
    found = (_beside(content, known) or _elsewhere(content, search) for content in read)
    same = (by_stem.get(content.file.with_suffix(""), []) for content in read)
    return [
        path if path in known else others[0] if len(others) == 1 else None
        for path, others in zip(found, same, strict=True)
    ]


def _beside(content: LabelmeFile, known: set[Path]) -> Path | None:
    """Return the image beside a file that the last part of its ``imagePath`` names."""
    beside = (content.file.with_name(part) for part in last_parts(content.image) if part)
    return next((path for path in beside if path in known), None)


def _elsewhere(content: LabelmeFile, search: ImageSearch) -> Path | None:
    return search.find(content.image) if content.image else None
