"""Names of flags with dashes, and of Python's arguments with underscores."""

from __future__ import annotations

import re

_FLAG = re.compile(r"--[a-zA-Z][\w.+-]*")


def is_flag(word: str) -> bool:
    """Return whether a word of the command line begins with a flag."""
    return _FLAG.match(word) is not None


def dashed(name: str) -> str:
    """Return the name of an argument with dashes."""
    return name.replace("_", "-")


def underscored(name: str) -> str:
    """Return the name of a flag with underscores."""
    return name.replace("-", "_")


def with_dashes(text: str) -> str:
    """Return a text with all of its flags written with dashes."""
    return _FLAG.sub(lambda match: dashed(match[0]), text)
