"""Labels: the numbers of the classes, and the label of pixels without a class."""

from __future__ import annotations

from collections.abc import Sequence

from cyclemlp.data.messages import shown


def ignore_index(num_classes: int) -> int:
    """Return the label of ignored pixels: 255, or 65535 for more than 255 classes."""
    return 255 if num_classes <= 255 else 65535


def label_map(
    where: str, own: Sequence[str], classes: Sequence[str] | None = None
) -> dict[int, int]:
    """Map a data set's own labels to labels in the order of `classes`.

    Args:
        where: the data set, for messages.
        own: the data set's class names, in the order of its labels.
        classes: the requested order; None keeps the data set's order.

    Raises:
        ValueError: `classes` lacks a class of the data set.
    """
    if classes is None:
        return {i: i for i in range(len(own))}
    unknown = [name for name in own if name not in set(classes)]
    if unknown:
        raise ValueError(
            f"{where} has unknown classes: {shown(unknown)}; the classes are {shown(classes)}. "
            "Rename or remove the unknown ones"
        )
    numbers = {name: i for i, name in enumerate(classes)}
    return {i: numbers[name] for i, name in enumerate(own)}
