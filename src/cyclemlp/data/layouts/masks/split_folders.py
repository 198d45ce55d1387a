"""The folders of a split: ``IMAGES/<split>`` and ``MASKS/<split>``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.root_folder import listing, subfolders
from cyclemlp.data.layouts.common.split_names import MissingSplitError, choose_split


class SplitFolders(NamedTuple):
    """The two folders of a split, and notes for the user on its name."""

    images: Path
    masks: Path
    notes: tuple[str, ...]


def split_folders(images: Path, masks: Path, split: str, expected: str) -> SplitFolders:
    """Find the folders of a split.

    Images without sub-folders are for training.

    Args:
        images: folder with a sub-folder of images for each split.
        masks: folder with a sub-folder of masks for each split.
        split: the split's name.
        expected: the layout, for messages.

    Raises:
        ValueError: there is no such split, or it has no folder of masks.
    """
    splits = subfolders(images)
    if not splits:
        return _without_splits(images, masks, split, expected)
    name, notes = choose_split(split, splits, str(images))
    if not (masks / name).is_dir():
        raise ValueError(f"{masks} has no folder {name!r}, but {images} has; {listing(masks)}")
    return SplitFolders(images / name, masks / name, notes)


def _without_splits(images: Path, masks: Path, split: str, expected: str) -> SplitFolders:
    """Return the folders themselves, for training; another split is missing."""
    if split == "train" and any(is_image_name(file.name) for file in images.iterdir()):
        return SplitFolders(images, masks, (f"split 'train' is all images of {images}",))
    raise MissingSplitError(
        f"{images} has no sub-folders for splits, and so no split {split!r}; expected {expected}",
        split,
    )
