"""Masks among the images of class folders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from cyclemlp.data.layouts.masks.ends import BESIDE, ENDS
from cyclemlp.data.layouts.masks.pairs import unnumbered
from cyclemlp.data.messages import shown


def masks_among(files: Sequence[str]) -> set[str]:
    """Return the masks of other files: ``cat/1_mask.png`` or ``cat/masks/1.png``.

    A mask has the name of its image and an end such as ``_mask``, perhaps with a number
    (``1_mask_2.png``); or it is in a folder ``masks`` beside ``images``. Most images must have one,
    because names may end so by chance.

    Args:
        files: paths, with ``/`` as separator.
    """
    owners = {file: owner for file in files if (owner := _owner(file))}
    if not owners:
        return set()
    stems = {_stem(file) for file in files}
    masks = {file for file, owner in owners.items() if owner in stems}
    with_mask = {owners[file] for file in masks}
    return masks if len(with_mask) >= BESIDE * (len(files) - len(masks)) else set()


def note_on_masks(masks: Collection[str]) -> Iterator[str]:
    """Yield a note if there are masks."""
    if masks:
        yield (
            f"{len(masks)} masks of other images are left out, such as "
            f"{shown(sorted(masks)[:1])}; --task segment uses them"
        )


def _stem(file: str) -> str:
    return file.rpartition(".")[0]


def _owner(file: str) -> str | None:
    """Return the stem of the image whose mask a file is by its name; None if it is none."""
    stem = _stem(file)
    if "/masks/" in stem:
        return stem.replace("/masks/", "/images/")
    plain = unnumbered(stem)
    return next((plain.removesuffix(end) for end in ENDS if plain.endswith(end)), None)
