"""Classes from the values in the training masks, for data sets without class names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.mask_files import read_index_mask, values_in
from cyclemlp.data.layouts.masks.pairs import by_stem

TWO = ("background", "object")
"""Classes of masks with two values."""

_MANY = 64  # classes that have no names; more are hardly meant
_SMOOTHED = (
    "; if that is wrong, the masks were compressed or resized with interpolation: save them "
    "without, or name the classes in classes.json"
)


def training_classes(
    masks: Path, expected: str, table_of: Callable[[set[int], str], ClassTable], end: str = ""
) -> tuple[ClassTable, str]:
    """Make a class of each value in the training masks, so that all splits get the same classes.

    Args:
        masks: the folder of the training masks, or of another split if there is none.
        expected: the layout, for messages.
        table_of: makes the table from the values and the name of the folder.
        end: end of the masks' stems, if there are other images in the folder.

    Returns:
        The table, and a note for the user.

    Raises:
        ValueError: there are no masks, none of them can be read, or they hold no classes.
    """
    files = [file for group in by_stem(masks, end)[0].values() for file in group]
    if not files:
        raise ValueError(f"{masks} has no masks; expected {expected}")
    found = values_in(files)
    if not found:
        read_index_mask(files[0])  # no mask can be read: raises the first one's reason
    _check_alike(found)
    values = set().union(*found)
    table = table_of(values, str(masks))
    note = f"the training masks hold {len(table.classes)} values: each is a class"
    if table.classes == TWO:
        note = "the training masks hold {} and {}: background and object".format(*table.values)
    return table, note + _on_ignored(values, table) + _SMOOTHED * (len(table.classes) > _MANY)


def _on_ignored(values: set[int], table: ClassTable) -> str:
    """Return a sentence if the masks hold values that are ignored without a description."""
    if not (ignored := sorted(values.difference(table.values))):
        return ""
    what = " and ".join(map(str, ignored)) + (" are" if ignored[1:] else " is")
    return f"; {what} ignored: describe in classes.json what is a class"


def _check_alike(found: Mapping[frozenset[int], str]) -> None:
    """Refuse masks of 0 and 1 beside masks of 0 and 255, whose 255 would count as ignored.

    Masks of more values are of several classes, and 255 is ignored in them.
    """
    if not set().union(*found) <= {0, 1, 255}:
        return
    ones = next((file for values, file in found.items() if values in ({1}, {0, 1})), None)
    full = next((file for values, file in found.items() if values == {0, 255}), None)
    if ones and full and not any({1, 255} <= values for values in found):
        raise ValueError(
            f"{ones} has the values 0 and 1, but {full} 0 and 255; write the same values to all "
            "masks, or describe them in classes.json"
        )
