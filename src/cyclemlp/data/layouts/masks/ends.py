"""How the names of masks end that their images lack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cyclemlp.data.layouts.masks.pairs import by_stem, unnumbered

ENDS = ("_mask", "_masks", "-mask", "_label", "_labels", "_seg", "_segmentation", "_gt", "_L")
"""Ends of masks' names that their images lack."""

BESIDE = 0.8
"""Part of the images that have a mask, if masks are beside them."""


def end_of_masks(images: Path, masks: Path, every: bool = False) -> str:
    """Return how the stems of masks end that their images lack, e.g. ``"_mask"``; ``""`` if alike.

    Args:
        images: folder of images.
        masks: folder of masks.
        every: whether all masks must have this end and an image.
    """
    if images == masks:
        return end_beside(images)
    pictures, found = by_stem(images)[0], by_stem(masks)[0]
    if pictures.keys() & found.keys():
        return ""
    for end in ENDS:
        known = [s.endswith(end) and s.removesuffix(end) in pictures for s in found]
        if any(known) and (all(known) or not every):
            return end
    return ""


def end_beside(folder: Path) -> str:
    """Return how the stems of masks end that are beside their images; ``""`` if there are none.

    Most images must have a mask, because a class folder may have a name such as ``no_mask``.
    """
    stems = by_stem(folder)[0].keys()
    for end in ENDS:
        masks = sum(unnumbered(stem).endswith(end) for stem in stems)
        paired = sum(f"{stem}{end}" in stems for stem in stems)
        if paired > 1 and paired >= BESIDE * (len(stems) - masks):
            return end
    return ""


def end_note(end: str) -> Iterator[str]:
    """Yield a note if the masks' names have an end that their images lack."""
    if end:
        yield f"the mask of an image has its name and {end!r}"
