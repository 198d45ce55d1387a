"""The content of a data set's folder, for messages and for choosing a split."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.messages import shown


def require_folder(
    root: Path, expected: str, files: Sequence[str] = (), flag: str = "--data "
) -> None:
    """Check that a data set's folder exists.

    Args:
        root: the folder.
        expected: what it should hold, for the message.
        files: suffixes of a file that may stand for the folder.
        flag: the flag that names the folder, for the message; empty for a positional argument.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is a file, or must not be read.
    """
    if not root.exists():
        raise FileNotFoundError(f"{flag}{root}: no such folder; {expected}")
    if not root.is_dir() and root.suffix.lower() not in files:
        remedy = (
            "extract it, and give its folder"
            if is_archive(root.name)
            else "give the data set's folder"
        )
        raise ValueError(f"{flag}{root} is a file; {remedy}; {expected}")
    if not os.access(root, os.R_OK | os.X_OK * root.is_dir()):
        raise ValueError(f"{flag}{root}: no permission to read it; change its permissions")


@contextmanager
def naming_permissions() -> Iterator[None]:
    """Raise a ValueError that says what to do in place of a PermissionError."""
    try:
        yield
    except PermissionError as error:
        raise ValueError(
            f"{error.filename}: no permission to read it; change its permissions"
        ) from error


def is_archive(name: str) -> bool:
    """Return whether a file's name is that of an archive."""
    return name.lower().endswith((".zip", ".tar", ".tgz", ".gz", ".7z", ".rar"))


def subfolders(folder: Path) -> list[str]:
    """Return the names of a folder's sub-folders, without those of the operating system."""
    return [e.name for e in folder.iterdir() if e.is_dir() and not is_system_file(e.name)]


def listing(folder: Path) -> str:
    """Describe the content of a folder, for a message."""
    entries = (e for e in folder.iterdir() if not is_system_file(e.name))
    names = sorted(entry.name + "/" * entry.is_dir() for entry in entries)
    return f"found {shown(names)}" if names else "found nothing there"
