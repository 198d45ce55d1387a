"""Checks of flags, and nested settings as the command line spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def at_least(low: int, **values: float | None) -> None:
    """Refuse flags below `low`; None is a flag that was not given.

    Raises:
        ValueError: the message names the flag.
    """
    for name, value in values.items():
        if value is not None and value < low:
            raise ValueError(f"--{name.replace('_', '-')} must be at least {low}, got {value}")


def dotted(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as the command line spells them: ``{"optim.lr": 0.1}``."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = prefix + key
        flat |= dotted(value, name + ".") if isinstance(value, Mapping) else {name: value}
    return flat
