"""CamVid's folders (Brostow et al., 2009) as they are passed on: ``train`` and ``train_labels``.

Images are in ``ROOT/<split>``, masks of colors in ``ROOT/<split>_labels``, ``<split>_masks`` or
``<split>annot`` (SegNet and CVAT, which names its single split ``default``), with the same names or
with ``_L`` or the like behind them. ``ROOT/class_dict.csv`` or
``ROOT/label_colors.txt`` names the colors; ``ROOT/classes.json`` may describe index masks or
colors. Index masks need none of these: each value is a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import choose_with_default
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.ends import end_note, end_of_masks
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.masks.value_classes import TWO, value_classes

EXPECTED = "CamVid's train, train_labels and class_dict.csv"
_ENDS = ("_labels", "_masks", "_mask", "annot")


def is_camvid(root: Path) -> bool:
    """Return whether ROOT has a folder and another of its name with ``_labels`` or ``_masks``."""
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
    splits = _splits(root)
    name, notes = choose_with_default(split, splits, str(root))
    images, masks = root / name, splits[name]
    table = described_classes(root, classes)
    if table is None:
        training = masks
        with suppress(ValueError):
            training = splits[choose_with_default("train", splits, "")[0]]
        table, note = _by_values(root, training, classes)
        notes = (*notes, note)
    table = table.ordered(classes, str(root))
    end = end_of_masks(images, masks)
    return MaskFolder(images, masks, split, table, mask_end=end, notes=(*notes, *end_note(end)))


def _by_values(root: Path, masks: Path, classes: Sequence[str] | None) -> tuple[ClassTable, str]:
    try:
        return value_classes(masks, EXPECTED, given=set(classes or ()) == set(TWO))
    except ImageError as error:
        raise ValueError(
            f"{root} has no table of the masks' colors: add class_dict.csv with the columns "
            "name,r,g,b, or label_colors.txt with lines of R G B name"
        ) from error


def _splits(root: Path) -> dict[str, Path]:
    """Return the folders of masks by the names of the folders of images."""
    names = subfolders(root)
    pairs = ((name, f"{name}{end}") for name in sorted(names) for end in _ENDS)
    return {name: root / masks for name, masks in pairs if masks in names}


LAYOUT = Layout("CamVid", ("segment",), EXPECTED, is_camvid, open_camvid)
