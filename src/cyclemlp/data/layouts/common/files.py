"""Files in folders: listing them recursively, without those of the operating system."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

_SYSTEM_FILES = frozenset(
    {"thumbs.db", "desktop.ini", "__macosx", "@eadir", "lost+found"}
    | {"$recycle.bin", "system volume information"}
)


def is_system_file(name: str) -> bool:
    """Return whether a file name or path is hidden or created by an operating system."""
    name = name.rpartition("/")[2]
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def files_below(folder: Path) -> tuple[list[Path], int]:
    """List the files of a folder recursively, in no particular order; links are followed.

    Returns:
        The files, and the number of system files left out.

    Raises:
        OSError: a folder cannot be listed.
    """
    files: list[Path] = []
    ignored = 0
    for place, folders, names in os.walk(folder, onerror=_raise, followlinks=True):
        hidden = [inner for inner in folders if is_system_file(inner)]
        ignored += sum(count_files(Path(place, inner)) for inner in hidden)
        folders[:] = [inner for inner in folders if inner not in hidden]
        wanted = [name for name in names if not is_system_file(name)]
        ignored += len(names) - len(wanted)
        files += [Path(place, name) for name in wanted]
    return files, ignored


def count_files(folder: Path) -> int:
    """Return the number of files in a folder and its sub-folders."""
    return sum(len(names) for _, _, names in os.walk(folder))


def stem_below(file: Path, folder: Path) -> str:
    """Return a file's path relative to a folder, without its suffix, with ``/`` as separator."""
    return file.relative_to(folder).with_suffix("").as_posix()


def leads_out(name: str) -> bool:
    """Return whether a relative file name of an annotation leads out of the data set's folder."""
    return PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts


def _raise(error: OSError) -> None:
    raise error
