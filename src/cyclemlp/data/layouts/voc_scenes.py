"""Pascal VOC's XML files as scenes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.objects.scene import Item, Scene
from cyclemlp.data.layouts.voc_xml import NamedBox, VocFile


def voc_classes_of(
    place: Path, read: Sequence[VocFile], unread: Iterable[VocFile], given: Sequence[str] | None
) -> Sequence[str]:
    """Return the classes of all splits, sorted, so that all splits have the same labels.

    Args:
        place: the list or folder of the split, for messages.
        read: the split's files.
        unread: the other files, read only if the classes are not given.
        given: the requested classes, or None.

    Raises:
        ValueError: there are no objects, or `given` lacks a class.
    """
    classes = sorted(_names(read) | _names(unread)) if given is None else given
    if not classes:
        raise ValueError(f"{place}: its {len(read)} images have no objects{_why(read)}")
    label_map(str(place), sorted(_names(read)), classes)  # raises if a class is unknown
    return classes


def voc_scenes(
    files: Iterable[Path], read: Iterable[VocFile], classes: Sequence[str]
) -> Iterator[Scene]:
    """Yield the scene of each image.

    Args:
        files: the images.
        read: their annotations.
        classes: the order of the labels.
    """
    labels = {name: label for label, name in enumerate(classes)}
    for number, (file, content) in enumerate(zip(files, read, strict=True)):
        items = tuple(_item(found, labels[found.name]) for found in content.objects)
        yield Scene(str(file), number, content.size, items, content.fault)


def _why(read: Sequence[VocFile]) -> str:
    faults = [content.fault for content in read if content.fault]
    return f"; {len(faults)} annotations cannot be read, the first: {faults[0]}" if faults else ""


def _names(files: Iterable[VocFile]) -> set[str]:
    return {found.name for content in files for found in content.objects}


def _item(found: NamedBox, label: int) -> Item:
    name = f"object {found.number} ({found.name})"
    return Item(found.box, label, found.difficult, name=name, written=found.written)
