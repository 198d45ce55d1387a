"""Masks: ``ROOT/images/<split>/*`` and ``ROOT/masks/<split>/*.png``.

Index masks have 8 or 16 bits (or fewer); for palette images, the indices are read.
``ROOT/classes.json`` describes the values and colors, see `read_class_file`; for masks of colors,
``ROOT/class_dict.csv`` or ``ROOT/label_colors.txt`` does, see `read_color_file`. Without them every
value in the training masks is a class, ``class_<value>``, and 255 is ignored; the two values 0 and
1, or 0 and 255, are background and object.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.class_table import ClassTable, by_position
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.masks.split_folders import split_folders
from cyclemlp.data.layouts.masks.training_classes import training_classes

EXPECTED = "ROOT/images/train/* and ROOT/masks/train/*.png"
_TWO = ("background", "object")


def is_index_masks(root: Path) -> bool:
    """Return whether ROOT has the folders ``images`` and ``masks``."""
    return (root / "images").is_dir() and (root / "masks").is_dir()


def open_index_masks(root: Path, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the data set's order. Without a
            description of the classes they name the values 0, 1, 2, …, except background and
            object, which name the two values of the training masks.

    Raises:
        ValueError: there is no such split, no pair of image and mask, no class, or a class that
            `classes` lacks.
    """
    images, masks, notes = split_folders(root / "images", root / "masks", split, EXPECTED)
    table = described_classes(root, classes)
    if table is None and classes is not None and set(classes) != set(_TWO):
        table = by_position(classes)
    if table is None:
        by_values = _by_values if classes is None else _background_and_object
        table, note = training_classes(masks, EXPECTED, by_values)
        if table.classes == _TWO:
            note = "the training masks hold {} and {}: background and object".format(*table.values)
        notes = (*notes, note)
    return MaskFolder(images, masks, split, table.ordered(classes, str(root)), notes=notes)


def _by_values(values: set[int], where: str) -> ClassTable:
    if values in ({0, 1}, {0, 1, 255}, {0, 255}):
        return _background_and_object(values, where)
    found = tuple(sorted(values - {255}))
    if len(found) < 2:
        raise ValueError(
            f"{where}: besides 255, which is ignored, the masks hold "
            f"{f'only {found[0]}' if found else 'nothing'}; if 255 is a class, define it in "
            "classes.json: "
            '{"classes": ["background", {"name": "object", "value": 255}]}'
        )
    return ClassTable(tuple(f"class_{value}" for value in found), found)


def _background_and_object(values: set[int], _: str) -> ClassTable:
    """Return the table of masks with the values 0 and 255, or 0, 1 and ignored 255."""
    if 255 in values and values <= {0, 255}:
        return ClassTable(_TWO, (0, 255), ())
    return ClassTable(_TWO, (0, 1))


LAYOUT = Layout("images with masks", ("segment",), EXPECTED, is_index_masks, open_index_masks)
