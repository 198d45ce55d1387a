"""The names of splits, and alternative names for them."""

from __future__ import annotations

from collections.abc import Iterable

from cyclemlp.data.messages import shown

DEFAULT = "default"
"""The single split of CVAT's exports, which holds all images."""

OWN_VALIDATION = "val, validation or valid"
"""Requests a split for validation; unlike ``"val"``, it never means the images for testing."""

_VALIDATION = ("validation", "valid", "val_set", "valid_set", "validation_set")
_TESTING = ("testing", "test_set", "testing_set")
_ALTERNATIVES = {
    "train": (("training", "train_set", "training_set"),),
    "val": (_VALIDATION, ("test",), _TESTING),
    "test": (_TESTING,),
    OWN_VALIDATION: (("val",), _VALIDATION),
}
"""Groups of alternative names by split, preferred groups first; two of a group are ambiguous."""


class MissingSplitError(ValueError):
    """A data set does not have a split.

    Args:
        message: what is missing and how to add it. For validation images, the message gets another
            remedy: to divide the training images.
        split: the requested split.
    """

    def __init__(self, message: str, split: str) -> None:
        other = ", or divide the training images with cyclemlp train --val-fraction 0.2"
        super().__init__(message + other * (split == "val"))


def names_of(split: str) -> list[str]:
    """Return a split's name and its alternative names."""
    return [split, *(name for group in _ALTERNATIVES.get(split, ()) for name in group)]


SPLIT_NAMES = frozenset(name for split in ("train", "val", "test") for name in names_of(split))
"""All names of all splits."""


def choose_split(split: str, available: Iterable[str], where: str) -> tuple[str, tuple[str, ...]]:
    """Choose the available split with the requested name or an alternative name, in any case.

    Args:
        split: the requested name.
        available: the names of the data set's splits.
        where: the data set, for messages.

    Returns:
        The chosen name, and a note for the user if it is an alternative.

    Raises:
        MissingSplitError: no name matches.
        ValueError: two alternatives are ambiguous.
    """
    names = list(available)
    if split in names:
        return split, ()
    for group in ((split,), *_ALTERNATIVES.get(split, ())):
        found = [name for name in group if name in names]
        found = found or [name for name in names if name.lower() in group]  # e.g. "Train"
        if len(found) > 1:
            both = " and ".join(repr(name) for name in found)
            raise ValueError(
                f"{where} has no split {split!r}, but both {both}; rename one of them to {split!r}"
            )
        if found:
            return found[0], (f"split {split!r} is read from {found[0]!r}",)
    has = f"{shown(sorted(names))}; add it, or rename one of them to {split!r}" if names else "none"
    raise MissingSplitError(f"{where} has no split {split!r}; it has {has}", split)


def choose_with_default(
    split: str, available: Iterable[str], where: str
) -> tuple[str, tuple[str, ...]]:
    """Choose as `choose_split`, but `DEFAULT` for training if it is the only split."""
    names = list(available)
    if split == "train" and names == [DEFAULT]:
        return DEFAULT, (f"split 'train' is read from {DEFAULT!r}, the only one",)
    return choose_split(split, names, where)
