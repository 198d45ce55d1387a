"""YOLO's label files: finding and reading the file of an image."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.yolo_lines import Line, parse_line

_NO_LABELS = frozenset({"classes", "predefined_classes"})  # written beside labels by LabelImg

_NAMES = {"Images": ("Labels", "labels"), "IMAGES": ("LABELS", "labels")}  # of folders of labels


class Labels(NamedTuple):
    """The objects of an image.

    Attributes:
        file: the label file; None if there is none.
        lines: the objects.
        fault: why the file cannot be used, or None.
        warnings: lines that were left out.
    """

    file: Path | None = None
    lines: tuple[Line, ...] = ()
    fault: str | None = None
    warnings: tuple[str, ...] = ()


class LabelFiles:
    """The label files beside images; each folder is listed once."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, Path]] = {}

    def of(self, image: Path) -> Path | None:
        """Return the label file of an image, or None if it has none."""
        for folder in label_folders(image.parent):
            if file := self._listed(folder).get(image.stem):
                return file
        return None

    def all(self) -> set[Path]:
        """Return the label files of all folders that were looked at."""
        return {file for files in self._folders.values() for file in files.values()}

    def _listed(self, folder: Path) -> dict[str, Path]:
        if folder not in self._folders:
            files = map(Path, os.scandir(folder)) if folder.is_dir() else ()
            self._folders[folder] = {file.stem: file for file in files if _may_be_labels(file)}
        return self._folders[folder]


def label_folders(images: Path) -> Iterator[Path]:
    """Yield the folders that may hold the labels of a folder of images, the usual one first.

    ``labels`` takes the place of ``images`` in the path; or labels are beside the images.
    """
    for index in range(len(images.parts) - 1, -1, -1):
        part = images.parts[index]
        if part.lower() == "images":
            for labels in _NAMES.get(part, ("labels",)):
                yield Path(*images.parts[:index], labels, *images.parts[index + 1 :])
    yield images


def read_labels(file: Path | None, classes: Collection[int], key_values: int = 0) -> Labels:
    """Read a label file; blank lines are skipped, and repeated lines are left out.

    Args:
        file: its path, or None for no objects.
        classes: the numbers of the classes.
        key_values: see `parse_line`.
    """
    if file is None:
        return Labels()
    lines: list[Line] = []
    bad: list[str] = []
    try:
        texts = read_text(file).splitlines()
    except (ValueError, OSError) as error:
        return Labels(file, fault=f"its labels {file}: {_reason(error, file)}")
    for number, text in enumerate(map(str.strip, texts), start=1):
        try:
            lines += [parse_line(text, number, classes, key_values)] if text else []
        except ValueError as error:
            bad.append(f"its labels {file}, line {number}: {error}")
    if bad:
        more = f"; {len(bad) - 1} more of its lines cannot be used" if len(bad) > 1 else ""
        return Labels(file, fault=bad[0] + more)
    return _without_repeats(file, lines)


def _without_repeats(file: Path, lines: list[Line]) -> Labels:
    first: dict[tuple[float, ...], Line] = {}
    warnings = []
    for line in lines:
        same = first.setdefault((line.label, *line.values), line)
        if same is not line:
            warnings.append(
                f"line {line.number} of {file.name} repeats line {same.number}: left out"
            )
    return Labels(file, tuple(first.values()), warnings=tuple(warnings))


def _may_be_labels(file: Path) -> bool:
    return (
        file.suffix.lower() == ".txt"
        and file.stem.lower() not in _NO_LABELS
        and not is_system_file(file.name)
    )


def _reason(error: Exception, file: Path) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error).removeprefix(f"{file}: ")
