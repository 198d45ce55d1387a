"""One split in COCO's format: its file is found and read, and its images are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.layouts.coco_file import Entry, listed_images, read_coco
from cyclemlp.data.layouts.coco_notes import notes_on
from cyclemlp.data.layouts.coco_parents import without_parent
from cyclemlp.data.layouts.coco_places import choose_file, image_folder
from cyclemlp.data.layouts.common.image_search import ImageSearch


class CocoSplit(NamedTuple):
    """The content of a split.

    Attributes:
        root: the data set's folder.
        file: the annotation file.
        images: its images, each once.
        annotations: its annotations.
        categories: its categories, without an unused parent.
        paths: the file of each image, which may not exist; None if its name leads out of `root`.
        notes: messages for the user.
    """

    root: Path
    file: Path
    images: list[Entry]
    annotations: list[Entry]
    categories: list[Entry]
    paths: list[Path | None]
    notes: tuple[str, ...]


def read_split(root: Path, split: str, classes: Sequence[str] | None) -> CocoSplit:
    """Read a split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the requested classes, or None.

    Raises:
        ValueError: there is no such split, or two files of it; or the file is not in COCO's
            format, or has ambiguous ids or no images.
        FileNotFoundError: there is no folder of images.
    """
    file, name, notes = choose_file(root, split)
    content = read_coco(file)
    folder = image_folder(root, file, name)
    images, duplicates = listed_images(file, content["images"])
    annotations = content["annotations"]
    categories, dropped = without_parent(content["categories"], annotations, classes)
    names = [image["file_name"] for image in images]
    search = ImageSearch(folder, (root, root / "images"), names)
    paths = [search.find(name) for name in names]
    found = notes_on(file, search, paths, images, annotations)
    notes = (*notes, *duplicates, *dropped, *search.notes(), *found)
    return CocoSplit(root, file, images, annotations, categories, paths, notes)
