"""Classes of masks without names: one for each value, or background and object for two values."""

from __future__ import annotations

from pathlib import Path

from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.training_classes import TWO, training_classes


def value_classes(masks: Path, expected: str, given: bool, end: str = "") -> tuple[ClassTable, str]:
    """Make classes of the values in the training masks.

    Args:
        masks: the folder of the training masks.
        expected: the layout, for messages.
        given: whether the classes are known to be background and object.
        end: see `training_classes`.

    Returns:
        The table, and a note for the user.

    Raises:
        ValueError: see `training_classes`.
    """
    by_values = _background_and_object if given else _by_values
    return training_classes(masks, expected, by_values, end)


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
        return ClassTable(TWO, (0, 255), ())
    return ClassTable(TWO, (0, 1))
