"""What a library that computes exported networks is for the rest of the runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    return ValueError(
        f"{file} is damaged or no network of this format ({_reason(error)}); export it again, or "
        "upgrade the library that opens it"
    )


def refused(file: Path, inputs: Sequence[np.ndarray], error: Exception) -> ValueError:
    """Return the error for inputs that a library does not compute with a file."""
    shapes = ", ".join(str(one.shape) for one in inputs)
    return ValueError(
        f"{file} does not take the inputs {shapes} ({_reason(error)}); keep the files of one "
        "export together, or export it again"
    )


def _reason(error: Exception) -> str:
    lines = str(error).split("\n")  # OpenVINO's reason comes after the places in its source
    return shorten(next((one for one in reversed(lines) if one.strip()), ""), _LONGEST)
