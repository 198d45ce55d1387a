"""A split of a data set: an indexed sequence of samples, independent of the layout on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from cyclemlp.data.colors import Color
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.inspection import Inspection
from cyclemlp.data.images.opening import ImageSource
from cyclemlp.data.images.picture import Picture, read_picture


class Sample(NamedTuple):
    """An upright image, RGB or of other channels, and its target, which depends on the task."""

    image: Picture
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
        channels: number of channels that its image file stores; 0 if unknown.
        remarks: what a user should know about its image; equal ones are counted, not listed.
    """

    fault: str | None = None
    labels: Sequence[int] = ()
    warnings: Sequence[str] = ()
    channels: int = 0
    remarks: Sequence[str] = ()


class Split(ABC):
    """One split of a data set on disk, as a map-style data set.

    A split can be pickled. It opens files only while it reads a sample.

    Attributes:
        name: the requested name, e.g. ``"val"``.
        classes: class names, in the order of the labels.
        colors: color of each class; empty if the data set defines none.
        classes_required: whether it is an error that a class has no image here but has some in
            another split. False for dense tasks, in which rare classes are often missing.
        has_files: whether `source` is quick and names a file, or a member of one, so that the
            images of two splits can be compared by it.
        strays: files in the split's folder that belong to no sample.
        ignored: number of files left by the operating system or an editor.
        notes: messages for the user about how the split was found.
        channels: number of channels that images are read with; None if they are only checked, and
            may have any number.
    """

    name: str
    classes: tuple[str, ...]
    colors: tuple[Color, ...] = ()
    classes_required: bool = True
    has_files: bool = True
    strays: tuple[Fault, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()
    channels: int | None = RGB

    def with_channels(self, channels: int | None) -> Self:
        """Return the split with images of another number of channels."""
        other = copy(self)
        other.channels = channels
        return other

    def picture(self, source: ImageSource) -> Picture:
        """Read an image file with the split's number of channels; see `read_picture`."""
        return read_picture(source, self.channels or RGB)

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

    def inspect(self, index: int) -> Inspection:
        """Decode a sample's image completely; return what was found."""
        try:
            self[index]
        except (ValueError, OSError) as error:
            return Inspection(str(error).removeprefix(f"{self.source(index)}: "))
        return Inspection()

    def fault(self, index: int) -> str | None:
        """Decode a sample completely; return why it cannot be used, or None."""
        return self.check(index).fault

    def check(self, index: int) -> Check:
        """Decode a sample completely; return its fault, its classes, warnings and remarks."""
        found = self.inspect(index)
        if found.fault is not None:
            return Check(found.fault)
        return Check(None, self.labels(index), (), found.channels, found.remarks)
