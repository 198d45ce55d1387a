"""Text and JSON files that a user wrote."""

from __future__ import annotations

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Any


def read_text(file: Path) -> str:
    """Read a text file: UTF-8, with a byte-order mark or without, or UTF-16 with one.

    Raises:
        ValueError: the file is neither.
    """
    content = file.read_bytes()
    encoding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{file}: not UTF-8: see line {line}; save it as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_json(file: Path) -> Any:
    """Read a JSON file.

    Raises:
        ValueError: the file is not text or not JSON.
    """
    try:
        return json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{file}: not readable as JSON: too deeply nested") from error
