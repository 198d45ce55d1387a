"""Replacing files so that a failed write leaves the old ones unchanged."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_TEMPORARY = ".writing-"


@contextmanager
def replacing(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Yield an empty folder whose files replace those of `folder` if the block succeeds.

    Args:
        folder: created if missing. Files with other names are kept.
        names: the files to replace, in this order; those that the block does not write are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(f"{_TEMPORARY}*"):  # of a process that was killed
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temporary:
        new = Path(temporary)
        yield new
        for name in names:
            if (new / name).exists():
                _replace(new / name, folder / name)


def _replace(new: Path, old: Path) -> None:
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(old)
