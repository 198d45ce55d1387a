"""The description of a layout, by which a data set's folder is recognized and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from cyclemlp.data.split import Split

S_co = TypeVar("S_co", bound=Split, covariant=True)


@dataclass(frozen=True)
class Layout(Generic[S_co]):
    """One layout of data sets.

    Attributes:
        name: name of the layout, for messages.
        tasks: values of ``--task`` that use the layout.
        expected: the files of the layout, for messages.
        recognizes: returns whether a folder ROOT has this layout.
        open: opens a split. It takes ROOT, the split's name, the classes or None, and for objects
            whether targets have masks.
        files: suffixes of a file that may stand for ROOT, because it describes the data set.
    """

    name: str
    tasks: tuple[str, ...]
    expected: str
    recognizes: Callable[[Path], bool]
    open: Callable[..., S_co]
    files: tuple[str, ...] = ()

    def fits(self, root: Path) -> bool:
        """Return whether a folder has this layout, or a file describes a data set of it."""
        return self.recognizes(root) if root.is_dir() else root.suffix.lower() in self.files
