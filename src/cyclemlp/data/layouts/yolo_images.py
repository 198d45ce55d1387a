"""The images of a split in YOLO's layout: those of folders and of list files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.copies import copies_among, note_on_copies
from cyclemlp.data.layouts.common.files import files_below
from cyclemlp.data.layouts.common.root_folder import listing
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.yolo_file import YoloFile
from cyclemlp.data.layouts.yolo_places import find_place, is_outside


class Listed(NamedTuple):
    """An image; `fault` says why it cannot be found."""

    file: Path
    fault: str | None = None


class Images(NamedTuple):
    """The images of a split, notes for the user, and whether all of them are from folders."""

    images: list[Listed]
    notes: tuple[str, ...]
    from_folders: bool


def split_images(data: YoloFile, split: str) -> Images:
    """List the images of a split, each once.

    Args:
        data: the description.
        split: a key of its `splits`.

    Raises:
        FileNotFoundError: a folder or list file does not exist.
        ValueError: a folder has no images, a list is empty, or a file is not a list.
    """
    base, notes = _base(data)
    places = list(dict.fromkeys((base, data.folder)))
    images: list[Listed] = []
    from_folders = True
    for entry in data.splits[split]:
        where = f"{data.file}: {split}: {entry}"
        place, note = _entry(where, entry, places)
        notes += note
        from_folders &= place.is_dir()
        found, note = _in_folder(where, place) if place.is_dir() else _in_list(where, place, places)
        images += found
        notes += note
    unique = list({image.file: image for image in images}.values())
    if repeats := len(images) - len(unique):
        notes.append(f"{repeats} images of split {split!r} are listed more than once: used once")
    return Images(unique, tuple(notes), from_folders)


def _base(data: YoloFile) -> tuple[Path, list[str]]:
    own = data.folder
    if not data.base:
        return own, []
    place = find_place(data.base, [own])
    if place is None or not place.path.is_dir():
        return own, [f"{data.file}: path: {data.base}: no such folder; {own} is used"]
    return place.path, list(_notes(f"{data.file}: path: {data.base}", place, own))


def _entry(where: str, entry: str, places: Sequence[Path]) -> tuple[Path, list[str]]:
    place = find_place(entry, places)
    if place is None:
        looked = " and ".join(map(str, places))
        raise FileNotFoundError(
            f"{where}: no such folder or list file; looked in {looked}; correct the path, or "
            "remove the line"
        )
    return place.path, list(_notes(where, place, places[-1]))


def _notes(where: str, place: tuple[Path, bool], own: Path) -> Iterator[str]:
    path, by_end = place
    if by_end:
        yield f"{where}: {path} is used"
    elif is_outside(path, own):
        yield f"{where}: this is {path}, outside {own}"


def _in_folder(where: str, folder: Path) -> tuple[list[Listed], list[str]]:
    files = sorted(file for file in files_below(folder)[0] if is_image_name(file.name))
    if not files:
        raise ValueError(f"{where}: {folder} has no images; {listing(folder)}")
    copies = copies_among(map(str, files))
    return [Listed(file) for file in files if str(file) not in copies], [*note_on_copies(copies)]


def _in_list(where: str, file: Path, places: Sequence[Path]) -> tuple[list[Listed], list[str]]:
    if file.suffix.lower() != ".txt":
        raise ValueError(f"{where}: expected a folder, or a .txt file with one image per line")
    lines = enumerate(map(str.strip, read_text(file).splitlines()), start=1)
    images, by_end = [], 0
    folders = list(dict.fromkeys((file.parent, *places)))
    for number, line in lines:
        place = find_place(line, folders) if line else None
        if place is not None:
            images.append(Listed(place.path))
            by_end += place.by_end
        elif line:
            fault = f"{file}, line {number}: no such file; looked in {folders[0]}"
            images.append(Listed(folders[0] / line.replace("\\", "/"), fault))
    if not images:
        raise ValueError(f"{file}: it lists no images; expected one image per line")
    note = f"{by_end} paths of {file} are of other folders: found by their ends"
    return images, [note] if by_end else []
