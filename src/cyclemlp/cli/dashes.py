"""Flags are written with dashes; the names of Python's arguments have underscores."""

from __future__ import annotations

import re

_FLAG = re.compile(r"--[a-zA-Z][\w.+-]*")


def is_flag(word: str) -> bool:
    """Return whether a word of the command line begins with a flag."""
    return _FLAG.match(word) is not None


def dashed(name: str) -> str:
    """Return an argument's name as it is written after ``--``."""
    return name.replace("_", "-")


def underscored(name: str) -> str:
    """Return the argument's name of a flag that is written without ``--``."""
    return name.replace("-", "_")


def with_dashes(text: str) -> str:
    """Return a text with all of its flags written with dashes."""
    return _FLAG.sub(lambda match: dashed(match[0]), text)
