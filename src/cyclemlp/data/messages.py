"""Names and values formatted for messages."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SHOWN = 8  # names listed in a message
_LENGTH = 60  # characters of a value in a message
_REASON = 200  # characters of a library's reason


def shown(names: Sequence[str]) -> str:
    """Return the first names, quoted, and the number of the others."""
    listed = ", ".join(repr(name) for name in names[:_SHOWN])
    return listed if len(names) <= _SHOWN else f"{listed} and {len(names) - _SHOWN} more"


def shortened(value: Any) -> str:
    """Return the representation of a value, truncated if it is long."""
    text = repr(value)
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]} …"


def reason_of(error: Exception) -> str:
    """Return what a library says in an error, in one line, truncated if it is long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.rstrip(".") if len(text) <= _REASON else f"{text[:_REASON]} …"


def missing(path: str | Path) -> FileNotFoundError:
    """Return the error about a file that does not exist, or that a broken link names."""
    if os.path.islink(path):
        return FileNotFoundError(f"{path}: a link to {os.readlink(path)}, which does not exist")
    return FileNotFoundError(f"{path}: no such file")
