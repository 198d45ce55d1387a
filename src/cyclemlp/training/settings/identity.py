"""Which settings decide a run's result: their digest, and the comparison on resume."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cyclemlp.console.dotted import dotted

# A resumed run may change these settings without changing a single weight.
_FREE_ON_RESUME = {"resume", "output", "workers", "save_every", "max_time", "logger"}


def digest(settings: dict[str, Any]) -> str:
    """Return twelve hexadecimal digits that identify all settings that decide the result."""
    values = {
        name: float(value) if type(value) is int else value  # 1 and 1.0 are the same setting
        for name, value in _decisive(settings).items()
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for each decisive setting that differs.

    Returns:
        Lines such as ``"optim.lr: was 0.001, now 0.002"``; empty if the run can be resumed.
    """
    old, new = _decisive(before), _decisive(after)
    return [
        f"{name}: was {old.get(name)}, now {new.get(name)}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _decisive(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in dotted(settings).items()
        # null is what an empty dict of settings is, and what an older version lacks
        if value is not None and name.split(".")[0] not in _FREE_ON_RESUME
    }
