"""Pairs of an image and a mask with the same name, in two folders or beside each other."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import files_below, stem_below
from cyclemlp.data.split import Fault

Stems = dict[str, list[str]]
"""Files by the part of their path that an image and its mask have in common."""


ENDS = ("_mask", "_masks", "-mask", "_label", "_labels", "_seg", "_segmentation", "_gt", "_L")
"""Ends of masks' names that their images lack."""

BESIDE = 0.8
"""Part of the images that have a mask, if masks are beside them."""


class Pairs(NamedTuple):
    """The image-mask pairs of two folders.

    Attributes:
        files: (image, mask) paths, sorted.
        strays: files that belong to no pair.
        ignored: number of files that are not images.
    """

    files: tuple[tuple[str, str], ...]
    strays: tuple[Fault, ...]
    ignored: int


def find_pairs(
    images: Path,
    masks: Path,
    image_end: str = "",
    mask_end: str = "",
    listed: Sequence[str] | None = None,
) -> Pairs:
    """Pair the images of a folder with the masks of another one or of the same, at any depth.

    Args:
        images: folder of images.
        masks: folder of masks.
        image_end: end of an image's stem that its mask lacks, e.g. ``"_leftImg8bit"``.
        mask_end: end of a mask's stem that its image lacks.
        listed: the stems of the split; the default is all.

    Raises:
        ValueError: no image has a mask.
    """
    pictures, hidden = by_stem(images, image_end)
    found, others = by_stem(masks, mask_end)
    if images == masks:
        pictures = {s: files for s, files in pictures.items() if not s.endswith(mask_end)}
        others = 0
    if listed is not None:
        pictures, found = _only(pictures, listed), _only(found, listed)
    stems = sorted(set(pictures) & set(found))
    if not stems:
        raise ValueError(
            f"{images} has no image with a mask of the same name in {masks}: "
            f"{_counted(pictures, 'images')}, {_counted(found, 'masks')}; "
            "a mask has its image's name, except for the suffix"
        )
    strays = (
        *_unpaired(pictures, found, f"no mask of this name in {masks}"),
        *_unpaired(found, pictures, f"no image of this name in {images}"),
        *_duplicates(pictures, "image"),
        *_duplicates(found, "mask"),
        *_missing(listed or (), {*pictures, *found}, images, masks),
    )
    return Pairs(tuple((pictures[s][0], found[s][0]) for s in stems), strays, hidden + others)


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
        masks = sum(stem.endswith(end) for stem in stems)
        paired = sum(f"{stem}{end}" in stems for stem in stems)
        if paired > 1 and paired >= BESIDE * (len(stems) - masks):
            return end
    return ""


def end_note(end: str) -> Iterator[str]:
    """Yield a note if the masks' names have an end that their images lack."""
    if end:
        yield f"the mask of an image has its name and {end!r}"


def by_stem(folder: Path, end: str = "") -> tuple[Stems, int]:
    """Group the image files of a folder by their stem without `end`.

    Returns:
        The files whose stem has this end, and the number of files that are not images.
    """
    found: Stems = {}
    files, ignored = files_below(folder)
    for file in sorted(files):
        stem = stem_below(file, folder)
        if not is_image_name(file.name):
            ignored += 1
        elif stem.endswith(end):
            found.setdefault(stem.removesuffix(end), []).append(str(file))
    return found, ignored


def _only(stems: Stems, listed: Sequence[str]) -> Stems:
    return {stem: stems[stem] for stem in listed if stem in stems}


def _missing(
    listed: Sequence[str], found: Container[str], images: Path, masks: Path
) -> Iterator[Fault]:
    for stem in dict.fromkeys(listed):
        if stem not in found:
            yield Fault(
                str(images / stem), f"listed, but there is no such image, and no mask in {masks}"
            )


def _counted(stems: Stems, what: str) -> str:
    example = f" such as {Path(next(iter(stems.values()))[0]).name}" if stems else ""
    return f"{len(stems)} {what}{example}"


def _unpaired(stems: Stems, others: Iterable[str], reason: str) -> Iterator[Fault]:
    for stem in sorted(set(stems) - set(others)):
        yield from (Fault(file, reason) for file in stems[stem])


def _duplicates(stems: Stems, what: str) -> Iterator[Fault]:
    for first, *others in stems.values():
        yield from (Fault(other, f"another {what} of the same name: {first}") for other in others)
