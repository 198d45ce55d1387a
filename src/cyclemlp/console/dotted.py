"""Nested settings with the names that they have on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def dotted(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as a flat dict: ``{"optim": {"lr": 0.1}}`` -> ``{"optim.lr": 0.1}``.

    Args:
        tree: the nested settings.
        prefix: put before each name.
    """
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = prefix + key
        flat |= dotted(value, name + ".") if isinstance(value, Mapping) else {name: value}
    return flat
