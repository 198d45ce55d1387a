"""CamVid's folders (Brostow et al., 2009) as they are passed on: ``train`` and ``train_labels``.

Images are in ``ROOT/<split>``, masks of colors in ``ROOT/<split>_labels``, with the same names or
with ``_L`` behind them. ``ROOT/class_dict.csv`` or ``ROOT/label_colors.txt`` names the colors;
``ROOT/classes.json`` may describe index masks or colors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.masks.pairs import by_stem

EXPECTED = "CamVid's train, train_labels and class_dict.csv"
_LABELS = "_labels"
_MASK_END = "_L"


def is_camvid(root: Path) -> bool:
    """Return whether ROOT has a folder and another one of its name with ``_labels``."""
    return bool(_splits(root))


def open_camvid(root: Path, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the data set's order.

    Raises:
        ValueError: there is no such split, no table of the classes, no pair of image and mask, or
            a class that `classes` lacks.
    """
    name, notes = choose_split(split, _splits(root), str(root))
    table = described_classes(root, classes)
    if table is None:
        raise ValueError(
            f"{root} has no table of the masks' colors: add class_dict.csv with the columns "
            "name,r,g,b, or label_colors.txt with lines of R G B name"
        )
    table = table.ordered(classes, str(root))
    masks = root / f"{name}{_LABELS}"
    end = _MASK_END if by_stem(masks, _MASK_END)[0] else ""
    return MaskFolder(root / name, masks, split, table, mask_end=end, notes=notes)


def _splits(root: Path) -> list[str]:
    folders = set(subfolders(root))
    return sorted(name for name in folders if f"{name}{_LABELS}" in folders)


LAYOUT = Layout("CamVid", ("segment",), EXPECTED, is_camvid, open_camvid)
