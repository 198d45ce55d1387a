"""The content of a data set's folder, for messages and for choosing a split."""

from __future__ import annotations

from pathlib import Path

from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.messages import shown


def require_folder(root: Path, expected: str) -> None:
    """Check that a data set's folder exists.

    Args:
        root: the value of ``--data``.
        expected: what the folder should hold, for the message.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is a file.
    """
    if not root.exists():
        raise FileNotFoundError(f"--data {root}: no such folder; {expected}")
    if not root.is_dir():
        raise ValueError(f"--data {root} is a file; {expected}")


def subfolders(folder: Path) -> list[str]:
    """Return the names of a folder's sub-folders, without those of the operating system."""
    return [e.name for e in folder.iterdir() if e.is_dir() and not is_system_file(e.name)]


def listing(folder: Path) -> str:
    """Describe the content of a folder, for a message."""
    entries = (e for e in folder.iterdir() if not is_system_file(e.name))
    names = sorted(entry.name + "/" * entry.is_dir() for entry in entries)
    return f"found {shown(names)}" if names else "found nothing there"
