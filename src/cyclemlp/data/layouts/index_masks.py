"""Masks: ``ROOT/images/<split>/*`` and ``ROOT/masks/<split>/*.png``, or see `has_mask_places`.

Index masks have 8 or 16 bits (or fewer); for palette images, the indices are read.
``ROOT/classes.json`` describes the values and colors, see `read_class_file`; for masks of colors,
``ROOT/class_dict.csv`` or ``ROOT/label_colors.txt`` does, see `read_color_file`. Without them every
value in the training masks is a class, ``class_<value>``, and 255 is ignored; the two values 0 and
1, or 0 and 255, are background and object.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.class_table import by_position
from cyclemlp.data.layouts.masks.ends import end_note, end_of_masks
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.masks.mask_places import has_mask_places, mask_places
from cyclemlp.data.layouts.masks.value_classes import TWO, value_classes

EXPECTED = "ROOT/images/train/* and ROOT/masks/train/*.png"


def is_index_masks(root: Path) -> bool:
    """Return whether ROOT has folders of images and masks."""
    return has_mask_places(root)


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
    images, masks, notes = mask_places(root, split, EXPECTED)
    end = end_of_masks(images, masks)
    table = described_classes(root, classes)
    if table is None and classes is not None and set(classes) != set(TWO):
        table = by_position(classes)
    if table is None:
        training = masks
        with suppress(ValueError):  # a data set to evaluate on may have no training masks
            training = mask_places(root, "train", EXPECTED).masks
        beside = end if images == masks else ""
        table, note = value_classes(training, EXPECTED, classes is not None, beside)
        notes = (*notes, note)
    table = table.ordered(classes, str(root))
    notes = (*notes, *end_note(end))
    return MaskFolder(images, masks, split, table, mask_end=end, notes=notes)


LAYOUT = Layout("images with masks", ("segment",), EXPECTED, is_index_masks, open_index_masks)
