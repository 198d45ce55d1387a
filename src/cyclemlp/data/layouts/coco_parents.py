"""The unused parent category that Roboflow writes as category 0."""

from __future__ import annotations

from collections.abc import Sequence

from cyclemlp.data.layouts.coco_file import Entry


def without_parent(
    categories: list[Entry], annotations: list[Entry], classes: Sequence[str] | None
) -> tuple[list[Entry], tuple[str, ...]]:
    """Drop category 0 if it has no annotations and is the supercategory of another category.

    Args:
        categories: the categories of a file.
        annotations: its annotations.
        classes: the requested classes; a category among them is kept.

    Returns:
        The other categories, and a note for the user if one was dropped.
    """
    used = any(annotation["category_id"] == 0 for annotation in annotations)
    for parent in categories:
        others = [category for category in categories if category is not parent]
        is_parent = any(other.get("supercategory") == parent["name"] for other in others)
        if parent["id"] == 0 and is_parent and not used and parent["name"] not in (classes or ()):
            note = (
                f"category 0, {parent['name']!r}, is the parent of other categories and has no "
                "annotations: left out"
            )
            return others, (note,)
    return categories, ()
