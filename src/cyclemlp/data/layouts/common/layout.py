"""The description of a layout, by which a data set's folder is recognized and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from cyclemlp.data.layouts.common.root_folder import naming_permissions
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
        opens: opens a split. It takes ROOT, the split's name, the classes or None, and for objects
            whether targets have masks.
        files: suffixes of a file that may stand for ROOT, because it describes the data set.
    """

    name: str
    tasks: tuple[str, ...]
    expected: str
    recognizes: Callable[[Path], bool]
    opens: Callable[..., S_co]
    files: tuple[str, ...] = ()

    def fits(self, root: Path) -> bool:
        """Return whether a folder has this layout, or a file describes a data set of it.

        Raises:
            ValueError: a folder in it must not be read.
        """
        with naming_permissions():
            return self.recognizes(root) if root.is_dir() else root.suffix.lower() in self.files

    def open(self, root: Path, split: str, *more: Any) -> S_co:
        """Open a split; `more` is what `opens` takes.

        Raises:
            FileNotFoundError, ValueError: those of `opens`; or a file or folder must not be read.
        """
        with naming_permissions():
            return self.opens(root, split, *more)
