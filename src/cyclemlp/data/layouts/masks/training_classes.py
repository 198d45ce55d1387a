"""Classes from the values in the training masks, for data sets without class names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.mask_files import read_index_mask, values_in
from cyclemlp.data.layouts.masks.pairs import by_stem


def training_classes(
    masks: Path, expected: str, table_of: Callable[[set[int], str], ClassTable]
) -> tuple[ClassTable, str]:
    """Make a class of each value in the training masks, so that all splits get the same classes.

    If there is no training split, the masks of the given split are used.

    Args:
        masks: a split's folder of masks.
        expected: the layout, for messages.
        table_of: makes the table from the values and the name of the folder.

    Returns:
        The table, and a note for the user.

    Raises:
        ValueError: there are no masks, none of them can be read, or they hold no classes.
    """
    with suppress(ValueError):
        masks = masks.parent / choose_split("train", subfolders(masks.parent), "")[0]
    files = [file for group in by_stem(masks)[0].values() for file in group]
    if not files:
        raise ValueError(f"{masks} has no masks; expected {expected}")
    values = values_in(files)
    if not values:
        read_index_mask(files[0])  # no mask can be read: raises the first one's reason
    table = table_of(values, str(masks))
    return table, f"the training masks hold {len(table.classes)} values: each is a class"
