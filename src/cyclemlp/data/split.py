"""A split of a data set: an indexed sequence of samples, independent of the layout on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PIL import Image

Color = tuple[int, int, int]
"""Red, green and blue, each in 0..255."""


class Sample(NamedTuple):
    """An upright RGB image and its target, whose type depends on the task."""

    image: Image.Image
    target: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that cannot be used.

    Attributes:
        file: the file's path.
        reason: why it cannot be used.
        index: index of its sample; None if it belongs to no sample.
    """

    file: str
    reason: str
    index: int | None = None


class Check(NamedTuple):
    """The result of decoding one sample completely.

    Attributes:
        fault: why the sample cannot be used, or None.
        labels: the classes in it.
        warnings: what was corrected or left out of a usable sample.
    """

    fault: str | None = None
    labels: Sequence[int] = ()
    warnings: Sequence[str] = ()


class Split(ABC):
    """One split of a data set on disk, as a map-style data set.

    A split can be pickled. It opens files only while it reads a sample.

    Attributes:
        name: the requested name, e.g. ``"val"``.
        classes: class names, in the order of the labels.
        colors: color of each class; empty if the data set defines none.
        classes_required: whether it is an error that a class has no image here but has some in
            another split. False for dense tasks, in which rare classes are often missing.
        strays: files in the split's folder that belong to no sample.
        ignored: number of files left by the operating system or an editor.
        notes: messages for the user about how the split was found.
    """

    name: str
    classes: tuple[str, ...]
    colors: tuple[Color, ...] = ()
    classes_required: bool = True
    strays: tuple[Fault, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """Read a sample.

        Raises:
            ValueError, OSError: the sample cannot be read; the message names its file.
        """

    @abstractmethod
    def source(self, index: int) -> str:
        """Return the name of a sample's file, for messages."""

    def labels(self, index: int) -> Sequence[int]:
        """Return the classes of a sample that are known without decoding it."""
        return ()

    def fault(self, index: int) -> str | None:
        """Decode a sample completely; return why it cannot be used, or None."""
        try:
            self[index]
        except (ValueError, OSError) as error:
            return str(error).removeprefix(f"{self.source(index)}: ")
        return None

    def check(self, index: int) -> Check:
        """Decode a sample completely; return its fault, its classes and warnings."""
        fault = self.fault(index)
        return Check(fault, () if fault else self.labels(index))
