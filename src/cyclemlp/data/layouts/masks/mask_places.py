"""Where people keep images and their masks: in two folders, or beside each other.

Both are in ROOT, or in the folder of each split.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import SPLIT_NAMES, MissingSplitError, choose_split
from cyclemlp.data.layouts.masks.ends import ENDS, end_beside, end_of_masks
from cyclemlp.data.layouts.masks.split_folders import SplitFolders, split_folders

_IMAGES = ("images", "image", "imgs", "img", "img_dir")  # the last one and ann_dir are mmseg's
_MASKS = ("masks", "mask", "labels", "label", "ann_dir", "gt", "groundtruth", "ground_truth")
_PLAIN_MASKS = "annotations"  # with folders in it, it is ADE20K's

_FILES = 200  # files that are examined before all of them


def has_mask_places(root: Path) -> bool:
    """Return whether ROOT has one of these forms; only names of files and folders are read.

    ``ROOT/images`` and ``ROOT/masks``, or similar names; two folders of any names, one of which has
    the other one's files with ``_mask`` or the like; or such files beside the images. All but the
    second may be in folders of splits.
    """
    # pairs in folders of other names are several data sets
    has_split = any(name.lower() in SPLIT_NAMES for name in _splits(root))
    return bool(_pair(root) or has_split or _are_beside(root))


def masks_are_beside(root: Path) -> bool:
    """Return whether ROOT has masks beside their images, which may be in class folders."""
    with suppress(ValueError):
        images, masks, _ = mask_places(root, "train", "")
        return images == masks
    return False


def mask_places(root: Path, split: str, expected: str) -> SplitFolders:
    """Find the folders of a split.

    Raises:
        ValueError: there is no such split, or it has no folder of masks.
    """
    if pair := _pair(root):
        return split_folders(*pair, split, expected)
    splits = _splits(root)
    if not splits and _are_beside(root):
        return _without_splits(root, split)
    name, notes = choose_split(split, splits, str(root))
    return SplitFolders(*splits[name], notes)


def _splits(root: Path) -> dict[str, tuple[Path, Path]]:
    pairs = {name: _named_pair(root / name) for name in subfolders(root)}
    for name in (name for name in pairs if name.lower() in SPLIT_NAMES):
        if pairs[name] is None and _are_beside(root / name):
            pairs[name] = (root / name, root / name)
    return {name: pair for name, pair in pairs.items() if pair}


def _without_splits(root: Path, split: str) -> SplitFolders:
    if split == "train":
        return SplitFolders(root, root, (f"split 'train' is all images of {root}",))
    raise MissingSplitError(
        f"{root} has no folders of splits, and so no split {split!r}; move the images and masks to "
        f"{root / 'train'} and {root / split}",
        split,
    )


def _pair(folder: Path) -> tuple[Path, Path] | None:
    return _named_pair(folder) or _pair_by_files(folder)


def _named_pair(folder: Path) -> tuple[Path, Path] | None:
    inner = {name.lower(): folder / name for name in sorted(subfolders(folder))}
    images = next((inner[name] for name in _IMAGES if name in inner), None)
    masks = next((inner[name] for name in _MASKS if name in inner), None)
    if masks is None and _PLAIN_MASKS in inner and not subfolders(inner[_PLAIN_MASKS]):
        masks = inner[_PLAIN_MASKS]
    if images is None or masks is None:
        return None
    is_certain = (images.name, masks.name) == ("images", "masks")
    return (images, masks) if is_certain or _holds_images(masks) else None


def _pair_by_files(folder: Path) -> tuple[Path, Path] | None:
    names = sorted(subfolders(folder))
    places = [folder / name for name in names]
    if len(places) != 2 or not all(map(_holds_images, places)):
        return None
    if names[1].startswith((f"{names[0]}_", f"{names[0]}annot")):  # CamVid's
        return None
    for images, masks in (places, places[::-1]):
        if _have_ends(masks) and end_of_masks(images, masks, every=True):
            return images, masks
    return None


def _are_beside(folder: Path) -> bool:
    """Return whether masks are beside their images."""
    return _have_ends(folder) and bool(end_beside(folder))


def _have_ends(folder: Path) -> bool:
    """Return whether one of the first files may be a mask; reading all names may take long."""
    stems = (Path(name).stem for _, _, names in os.walk(folder) for name in names)
    return any(stem.endswith(ENDS) for stem in islice(stems, _FILES))


def _holds_images(folder: Path) -> bool:
    return any(is_image_name(file.name) for file in folder.rglob("*"))
