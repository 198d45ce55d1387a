"""Cityscapes (Cordts et al., CVPR 2016): ``ROOT/leftImg8bit`` and ``ROOT/gtFine``.

Images are ``leftImg8bit/<split>/<city>/*_leftImg8bit.png``. Masks are
``gtFine/<split>/<city>/*_gtFine_labelTrainIds.png`` or, without these, ``*_gtFine_labelIds.png``.
The classes are the 19 classes of the benchmark, unless ``ROOT/classes.json`` exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.masks.split_folders import split_folders

EXPECTED = "Cityscapes' leftImg8bit and gtFine"
_IMAGE_END = "_leftImg8bit"
_TRAIN_IDS, _LABEL_IDS = "_gtFine_labelTrainIds", "_gtFine_labelIds"

# Names, label ids and colors in the order of the train ids, as in the released scripts.
_CLASSES = (
    ("road", 7, (128, 64, 128)),
    ("sidewalk", 8, (244, 35, 232)),
    ("building", 11, (70, 70, 70)),
    ("wall", 12, (102, 102, 156)),
    ("fence", 13, (190, 153, 153)),
    ("pole", 17, (153, 153, 153)),
    ("traffic light", 19, (250, 170, 30)),
    ("traffic sign", 20, (220, 220, 0)),
    ("vegetation", 21, (107, 142, 35)),
    ("terrain", 22, (152, 251, 152)),
    ("sky", 23, (70, 130, 180)),
    ("person", 24, (220, 20, 60)),
    ("rider", 25, (255, 0, 0)),
    ("car", 26, (0, 0, 142)),
    ("truck", 27, (0, 0, 70)),
    ("bus", 28, (0, 60, 100)),
    ("train", 31, (0, 80, 100)),
    ("motorcycle", 32, (0, 0, 230)),
    ("bicycle", 33, (119, 11, 32)),
)
_LABEL_ID_COUNT = 35  # label ids 0 to 34; the license plate's id -1 is stored as 255


def is_cityscapes(root: Path) -> bool:
    """Return whether ROOT has the folders ``leftImg8bit`` and ``gtFine``."""
    return (root / "leftImg8bit").is_dir() and (root / "gtFine").is_dir()


def open_cityscapes(root: Path, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the order of the train ids.

    Raises:
        ValueError: there is no such split, no pair of image and mask, or a class that `classes`
            lacks.
    """
    images, masks, notes = split_folders(root / "leftImg8bit", root / "gtFine", split, EXPECTED)
    mask_end = _mask_end(masks)
    table = described_classes(root, classes)
    if table is None:
        table = _table(label_ids=mask_end == _LABEL_IDS)
        notes = (*notes, "no classes.json, so the classes are the benchmark's 19")
    table = table.ordered(classes, str(root))
    return MaskFolder(images, masks, split, table, _IMAGE_END, mask_end, notes)


def _mask_end(masks: Path) -> str:
    """Return the end of the masks' names: train ids are preferred to label ids."""
    ends = (_TRAIN_IDS, _LABEL_IDS)
    return next((end for end in ends if any(masks.rglob(f"*{end}.*"))), _TRAIN_IDS)


def _table(label_ids: bool) -> ClassTable:
    names, ids, colors = zip(*_CLASSES, strict=True)
    if not label_ids:
        return ClassTable(names, tuple(range(len(names))), (255,), colors)
    others = tuple(value for value in range(_LABEL_ID_COUNT) if value not in ids)
    return ClassTable(names, ids, (*others, 255), colors)


LAYOUT = Layout("Cityscapes", ("segment",), EXPECTED, is_cityscapes, open_cityscapes)
