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

_FURTHER = "a further mask of an image, which has one; draw all of them into one file"


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
    every, others = by_stem(masks)
    found = {s.removesuffix(mask_end): every[s] for s in every if s.endswith(mask_end)}
    further = _further(every, mask_end) if mask_end else {}
    if images == masks:
        left_out = {s for s in pictures if s.endswith(mask_end)} | further.keys()
        pictures = {s: files for s, files in pictures.items() if s not in left_out}
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
        *(Fault(files[0], _FURTHER) for files in further.values()),
        *_missing(listed or (), {*pictures, *found}, images, masks),
    )
    return Pairs(tuple((pictures[s][0], found[s][0]) for s in stems), strays, hidden + others)


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


def unnumbered(stem: str) -> str:
    """Return a stem without a number at its end: ``1_mask`` of ``1_mask_2``."""
    return stem.rstrip("0123456789").rstrip("_")


def _further(stems: Stems, end: str) -> Stems:
    """Return the masks with a number behind the end, such as ``1_mask_2``."""
    plain = {stem: unnumbered(stem) for stem in stems}
    return {s: stems[s] for s, name in plain.items() if name != s and name.endswith(end)}


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
