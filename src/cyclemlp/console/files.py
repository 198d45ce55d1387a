"""Atomic writes: a file is either complete or absent, even if the process is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PREFIX = ".part."  # in front, so that the suffix still tells the format


@contextmanager
def replacing(path: Path, flush: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename its file to `path` if the block succeeds.

    A failure removes the temporary file, and `path` is unchanged.

    Args:
        path: the file to write; its folder is created.
        flush: flush the file and the rename to the device: after a power cut `path` holds the old
            content or the new, never a part of it. This takes milliseconds a file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{_PREFIX}{path.name}")
    try:
        yield temporary
        if flush:
            _sync(temporary)
        os.replace(temporary, path)
        if flush:
            _sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON, atomically."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files of a killed process in `folder`."""
    for path in folder.iterdir():
        if is_leftover(path):
            path.unlink()


def is_leftover(path: Path) -> bool:
    """Return whether a path is the temporary file of `replacing`."""
    return path.name.startswith(_PREFIX)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
