"""COCO categories: their ids are mapped to labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.coco_file import Entry, repeated


class Categories(NamedTuple):
    """The classes of a file.

    Attributes:
        labels: label of each category id.
        names: class names, in the order of the labels.
        ids: a category id of each class.
    """

    labels: dict[int, int]
    names: tuple[str, ...]
    ids: tuple[int, ...]


def categories_of(
    file: Path,
    categories: list[Entry],
    annotations: list[Entry],
    classes: Sequence[str] | None,
) -> Categories:
    """Map category ids to labels. Categories with the same name are one class.

    Args:
        file: the annotation file, for messages.
        categories: its categories.
        annotations: its annotations.
        classes: the order of the labels; the default is the order of the ids. It may lack
            categories without annotations.

    Raises:
        ValueError: there are no categories, two have the same id, or `classes` lacks a class.
    """
    by_id = _names_by_id(file, categories)
    own = tuple(dict.fromkeys(by_id[number] for number in sorted(by_id)))
    if classes is not None:
        used = {by_id.get(annotation["category_id"]) for annotation in annotations}
        label_map(str(file), [name for name in own if name in used], classes)
    names = own if classes is None else tuple(classes)
    places = {name: label for label, name in enumerate(names)}
    labels = {number: places[name] for number, name in by_id.items() if name in places}
    return Categories(labels, names, _ids(labels, by_id, len(names)))


def _names_by_id(file: Path, categories: list[Entry]) -> dict[int, str]:
    if not categories:
        raise ValueError(f"{file}: it has no categories, which define the classes")
    twice = repeated(category["id"] for category in categories)
    if twice:
        raise ValueError(f"{file}: several categories have the id {twice[0]}; ids must be distinct")
    return {category["id"]: category["name"] for category in categories}


def _ids(labels: dict[int, int], by_id: dict[int, str], count: int) -> tuple[int, ...]:
    """Return the lowest category id of each label, and unused ids for labels without one."""
    first = {label: number for number, label in sorted(labels.items(), reverse=True)}
    free = iter(number for number in range(1, 1 << 31) if number not in by_id)
    return tuple(first[label] if label in first else next(free) for label in range(count))
