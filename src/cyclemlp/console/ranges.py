"""Checks that flags are in their ranges."""

from __future__ import annotations


def at_least(low: int, **values: float | None) -> None:
    """Check that flags are at least `low`.

    Args:
        low: the lowest value allowed.
        **values: argument's name -> value; None if the flag was not given.

    Raises:
        ValueError: a value is below `low`; the message names the flag.
    """
    for name, value in values.items():
        if value is not None and value < low:
            raise ValueError(f"--{name.replace('_', '-')} must be at least {low}, got {value}")
