"""Text and JSON files that a user wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_text(file: Path) -> str:
    """Read a UTF-8 file, without the byte-order mark that some editors write.

    Raises:
        ValueError: the file is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: not UTF-8: {error}; save it as UTF-8") from error


def read_json(file: Path) -> Any:
    """Read a JSON file.

    Raises:
        ValueError: the file is not UTF-8 or not JSON.
    """
    try:
        return json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{file}: not readable as JSON: too deeply nested") from error
