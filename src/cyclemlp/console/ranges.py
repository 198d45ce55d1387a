"""Checks that flags are in their ranges."""

from __future__ import annotations

_LAST_PORT = 65535


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


def check_port(port: int) -> None:
    """Check the number of a TCP port.

    Args:
        port: 0 for any free one.

    Raises:
        ValueError: there is no such port; the message names the flag.
    """
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"--port must be 0, for any free port, to {_LAST_PORT}, got {port}")
