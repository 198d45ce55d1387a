"""The error for a setting that is out of range."""

from __future__ import annotations


def require(met: bool, message: str) -> None:
    """Raise a ValueError with `message` unless the requirement is met."""
    if not met:
        raise ValueError(message)
