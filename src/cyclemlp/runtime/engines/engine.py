"""What a library that computes exported networks is for the rest of the runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import shorten
from typing import Protocol, TypeAlias

import numpy as np

_LONGEST = 200  # characters of a reason


class Engine(Protocol):
    """One network, ready to compute."""

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Compute the outputs, in the graph's order, from the inputs in the graph's order."""
        ...


Engines: TypeAlias = Mapping[str, Engine]
"""The parts of one network, keyed by name; ``network`` takes the images."""

OpenEngine: TypeAlias = Callable[[Path, int | None], Engine]
"""From a file, and the number of threads or None for the library's choice, to an `Engine`.

It raises ImportError if the library is not installed, ValueError if the file is damaged."""


def damaged(file: Path, error: Exception) -> ValueError:
    """Return the error for a file that a library cannot read."""
    lines = str(error).split("\n")  # OpenVINO's reason comes after the places in its source
    reason = shorten(next((one for one in reversed(lines) if one.strip()), ""), _LONGEST)
    return ValueError(f"{file} is damaged or no network of this format ({reason}); export it again")
