"""A step of a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What a step found.

    Attributes:
        passed: whether everything agrees and runs.
        facts: numbers, strings, lists and dicts of them.
    """

    passed: bool
    facts: Any


@dataclass(frozen=True)
class Step:
    """A step of a check.

    Attributes:
        name: of the step.
        seconds: about how long it takes on a GPU of a server; it is left out if less time is left.
        run: takes the step. It may raise anything.
    """

    name: str
    seconds: float
    run: Callable[[], Finding]
