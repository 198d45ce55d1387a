"""Finding the images that a COCO annotation file names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cyclemlp.data.layouts.coco_file import Entry
from cyclemlp.data.layouts.common.files import files_below, leads_out
from cyclemlp.data.messages import shortened


class FoundImages(NamedTuple):
    """The file of each image by its id, and notes for the user.

    The file is None if its name leads out of the data set. It may not exist.
    """

    files: dict[int, Path | None]
    notes: tuple[str, ...]


def find_images(file: Path, root: Path, folder: Path, images: Sequence[Entry]) -> FoundImages:
    """Find images by their names, or else by the last part of a name with folders.

    A last part is used if one image below the split's folder and one entry of the file have it.

    Args:
        file: the annotation file, for messages.
        root: the data set's folder.
        folder: the split's folder of images.
        images: the file's images.
    """
    files = {image["id"]: _find_image(root, folder, image["file_name"]) for image in images}
    lost = {
        image["id"]: image["file_name"]
        for image in images
        if "/" in _posix(image["file_name"]) and not _exists(files[image["id"]])
    }
    by_end = _by_last_part(folder, images, lost) if lost else {}
    if not by_end:
        return FoundImages(files, ())
    first = shortened(lost[next(iter(by_end))])
    note = (
        f"{len(by_end)} images of {file.name} have a file_name of another folder, such as {first}: "
        "found by its last part"
    )
    return FoundImages(files | by_end, (note,))


def _find_image(root: Path, folder: Path, name: str) -> Path | None:
    """Return an image's path, or None if its name leads out of the data set.

    A name is relative to the split's folder. Some tools write it relative to a folder above.
    """
    for spelling in (name, _posix(name)):  # the latter for files from Windows
        if leads_out(spelling):
            return None
        for place in (folder, root, root / "images") if "/" in spelling else ():
            if _exists(place / spelling):
                return place / spelling
    return folder / name


def _by_last_part(
    folder: Path, images: Sequence[Entry], lost: dict[int, str]
) -> dict[int, Path | None]:
    """Return the files of lost images whose last part is unique."""
    below = files_below(folder)[0]
    places = {place.name: place for place in below}
    on_disk = Counter(place.name for place in below)
    listed = Counter(_last_part(image["file_name"]) for image in images)
    return {
        number: places[_last_part(name)]
        for number, name in lost.items()
        if on_disk[_last_part(name)] == listed[_last_part(name)] == 1
    }


def _last_part(name: str) -> str:
    return PurePosixPath(_posix(name)).name


def _posix(name: str) -> str:
    return name.replace("\\", "/")


def _exists(file: Path | None) -> bool:
    return file is not None and os.path.exists(file)
