"""A split of a data set: numbered samples with classes, whatever lies on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PIL import Image
from typing_extensions import override

_SHOWN = 8  # names listed in a message
_LENGTH = 60  # characters of a value in a message

Color = tuple[int, int, int]


class Sample(NamedTuple):
    """One item of a split: an upright RGB image, and what the task is to find in it."""

    image: Image.Image
    target: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that cannot be used. `index` is its sample's, None where it belongs to no sample."""

    file: str
    reason: str
    index: int | None = None


class Check(NamedTuple):
    """What reading a sample from end to end showed.

    Attributes:
        fault: why it cannot be used, or None.
        labels: the classes in it.
        warnings: what was put right or left out in a sample that can be used.
    """

    fault: str | None = None
    labels: Sequence[int] = ()
    warnings: Sequence[str] = ()


class Split(ABC):
    """One split of a data set on disk, map style. It can be pickled, and opens files as asked.

    Attributes:
        name: as it was asked for, e.g. ``"val"``.
        classes: names, in the order of the labels.
        strays: files in the split's place that belong to no sample.
        ignored: how many files the system or an editor left there.
        notes: what a user should know of how the split was found.
        colors: red, green and blue of each class, in 0..255; empty if the data set names none.
        classes_required: whether it is wrong that a class has no image here while it has some in
            another split. In pictures of many objects rare classes are often missing.
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
        """The sample's file, for messages."""

    def labels(self, index: int) -> Sequence[int]:
        """The classes in a sample, as far as they are known without decoding it."""
        return ()

    def fault(self, index: int) -> str | None:
        """Why a sample cannot be used, or None. Decodes all of it."""
        try:
            self[index]
        except (ValueError, OSError) as error:
            return str(error).removeprefix(f"{self.source(index)}: ")
        return None

    def check(self, index: int) -> Check:
        """Decode all of a sample, and say what is wrong and what is in it."""
        fault = self.fault(index)
        return Check(fault, () if fault else self.labels(index))


class Subset(Split):
    """Some samples of a split, in the given order."""

    def __init__(self, split: Split, indices: Sequence[int]) -> None:
        self.name, self.classes, self.notes = split.name, split.classes, split.notes
        self.colors, self.classes_required = split.colors, split.classes_required
        self.split = split
        self.indices = tuple(indices)

    @override
    def __len__(self) -> int:
        return len(self.indices)

    @override
    def __getitem__(self, index: int) -> Sample:
        return self.split[self.indices[index]]

    @override
    def source(self, index: int) -> str:
        return self.split.source(self.indices[index])

    @override
    def labels(self, index: int) -> Sequence[int]:
        return self.split.labels(self.indices[index])

    @override
    def fault(self, index: int) -> str | None:
        return self.split.fault(self.indices[index])

    @override
    def check(self, index: int) -> Check:
        return self.split.check(self.indices[index])


def label_map(
    where: str, own: Sequence[str], classes: Sequence[str] | None = None
) -> dict[int, int]:
    """From a data set's own label numbers to those of `classes`.

    Args:
        where: the data set, for messages.
        own: its class names, in the order of its numbers.
        classes: the wanted order; None keeps its own.

    Raises:
        ValueError: a class is none of `classes`.
    """
    if classes is None:
        return {i: i for i in range(len(own))}
    unknown = [name for name in own if name not in set(classes)]
    if unknown:
        raise ValueError(
            f"{where} has unknown classes: {shown(unknown)}; the classes are {shown(classes)}. "
            "Rename or remove the unknown ones"
        )
    numbers = {name: i for i, name in enumerate(classes)}
    return {i: numbers[name] for i, name in enumerate(own)}


def shown(names: Sequence[str]) -> str:
    """Names for a message: the first few, quoted, and how many more there are."""
    listed = ", ".join(repr(name) for name in names[:_SHOWN])
    return listed if len(names) <= _SHOWN else f"{listed} and {len(names) - _SHOWN} more"


def shortened(value: Any) -> str:
    """A value of a user's file for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]} …"
