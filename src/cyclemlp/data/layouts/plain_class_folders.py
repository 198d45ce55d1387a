"""Class folders without splits: ``ROOT/<class>/*``. All images are for training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import MissingSplitError, names_of

EXPECTED = "ROOT/<class>/* without splits"
_RESERVED = frozenset(
    {*names_of("train"), *names_of("val"), "trainval"}
    | {"images", "imgs", "jpegimages", "masks", "labels", "annotations"}
)


def is_plain_class_folders(root: Path) -> bool:
    """Return whether ROOT has two folders with images, and none with a name of other layouts."""
    names = subfolders(root)
    if any(name.lower() in _RESERVED for name in names):
        return False
    return sum(_has_image(root / name) for name in names) > 1


def open_plain_class_folders(
    root: Path, split: str, classes: Sequence[str] | None = None
) -> ClassFolder:
    """Open the training split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the order of the folders' names.

    Raises:
        ValueError: the split is not ``"train"``, there is no image, or a class that `classes`
            lacks.
    """
    if split != "train":
        raise MissingSplitError(
            f"{root} has class folders without splits, so all images are for training and there "
            f"is no split {split!r}; move the folders to {root / 'train'} and some of their images "
            f"to {root / split}/<class>",
            split,
        )
    opened = ClassFolder(root, split, classes)
    # beside class folders, ROOT may have a license and the like
    strays = tuple(fault for fault in opened.strays if is_image_name(fault.file))
    opened.ignored += len(opened.strays) - len(strays)
    opened.strays = strays
    return opened


def _has_image(folder: Path) -> bool:
    return any(is_image_name(entry.name) for entry in folder.iterdir())


LAYOUT = Layout(
    "class folders without splits",
    ("classify",),
    EXPECTED,
    is_plain_class_folders,
    open_plain_class_folders,
)
