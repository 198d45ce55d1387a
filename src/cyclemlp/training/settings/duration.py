"""Durations in the format of Lightning's Timer."""

from __future__ import annotations

import re

_FORMAT = re.compile(r"(?:(\d+):)?(\d+):([0-5]\d):([0-5]\d)")


def seconds(text: str) -> int:
    """Return the seconds in a duration ``HH:MM:SS`` or ``DD:HH:MM:SS``.

    Raises:
        ValueError: the text has another format, or is no time at all.
    """
    match = _FORMAT.fullmatch(text.strip())
    days, hours, minutes, rest = (int(part or 0) for part in match.groups()) if match else [0] * 4
    total = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if total == 0:
        raise ValueError(
            f"--max-time is HH:MM:SS or DD:HH:MM:SS and above 0, such as 00:30:00, got {text!r}"
        )
    return total
