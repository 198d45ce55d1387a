"""What every prediction can do, and how predictions of many images are written into one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from PIL import Image


class Prediction(Protocol):
    """The result of a network for one image; `str` gives a short text.

    Attributes:
        suffix: the extension of the file that `save` writes, e.g. ``".json"``.
    """

    suffix: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the prediction as JSON types: numbers, strings, lists and dicts."""
        ...

    def draw(self, image: Image.Image) -> Image.Image:
        """Return an RGB copy of `image` with the prediction drawn on it."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the prediction to `path` in the format of `suffix`."""
        ...


class Gathering(Protocol):
    """Writes the predictions of many images into one file, in the format of another tool."""

    def write(self, folder: Path, rows: Callable[[], Iterable[Mapping[str, Any]]]) -> Path:
        """Write all predictions into `folder` and return the file.

        Args:
            folder: the folder to write into.
            rows: gives all predictions each time it is called, one after the other, as they may not
                fit into memory: ``file``, ``prediction`` (its `to_dict`), and for a frame of a
                video ``frame`` and ``time``.
        """
        ...
