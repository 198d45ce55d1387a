"""The classes of LabelMe's layout: from a file of names, or from the training shapes."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.labelme_file import LabelmeFile
from cyclemlp.data.layouts.masks.background import BACKGROUND
from cyclemlp.data.messages import shown

IGNORE = "__ignore__"
"""LabelMe's label of pixels to ignore."""

OWN_BACKGROUND = "_background_"
"""LabelMe's own name of the background."""

_FILES = ("labels.txt", "classes.txt")


def named_classes(root: Path) -> tuple[str, ...] | None:
    """Read ``ROOT/labels.txt`` or ``ROOT/classes.txt``, one class a line; None without them.

    LabelMe's special names ``__ignore__`` and ``_background_`` are left out.

    Raises:
        ValueError: a name occurs twice, or there is none.
    """
    file = next((root / name for name in _FILES if (root / name).is_file()), None)
    return None if file is None else names_in(file, (IGNORE, OWN_BACKGROUND))


def names_in(file: Path, without: Container[str]) -> tuple[str, ...]:
    """Read one name a line, except empty lines and the names `without`.

    Raises:
        ValueError: a name occurs twice, or there is none.
    """
    first: dict[str, int] = {}
    for number, line in enumerate(map(str.strip, read_text(file).splitlines()), start=1):
        if not line or line in without:
            continue
        if first.setdefault(line, number) != number:
            raise ValueError(
                f"{file}, line {number}: the class {line!r} is already in line {first[line]}; "
                "remove one of them"
            )
    if not first:
        raise ValueError(f"{file}: it names no class; expected one name per line")
    return tuple(first)


def shown_classes(folder: Path, read: Sequence[LabelmeFile]) -> tuple[str, ...]:
    """Return the labels of all shapes, sorted.

    Raises:
        ValueError: there are no shapes.
    """
    labels = {outline.label for content in read for outline in content.outlines}
    found = sorted(labels - {IGNORE, OWN_BACKGROUND})
    if not found:
        faults = [f"{content.file}: {content.fault}" for content in read if content.fault]
        left_out = [f"{one.file}: {text}" for one in read for text in one.warnings]
        why = f"; {len(faults)} of them cannot be read, the first: {faults[0]}" if faults else ""
        why += f"; shapes that were left out: {shown(left_out)}" if left_out else ""
        raise ValueError(f"{folder}: its {len(read)} JSON files have no shapes with labels{why}")
    return tuple(found)


def labels_by_name(classes: Sequence[str]) -> dict[str, int]:
    """Return the label of each class, and of LabelMe's own name for the background."""
    labels = {name: label for label, name in enumerate(classes)}
    return labels | ({OWN_BACKGROUND: labels[BACKGROUND]} if BACKGROUND in labels else {})
