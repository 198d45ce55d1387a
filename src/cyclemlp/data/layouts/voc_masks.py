"""Pascal VOC's segmentation (Everingham et al., IJCV 2010).

``ROOT/ImageSets/Segmentation/<split>.txt`` lists the names of images in ``ROOT/JPEGImages``; the
masks are ``ROOT/SegmentationClass/<name>.png``, with class numbers (a palette shows them as colors)
or with RGB colors. 255 is ignored. Without lists, all images with a mask are for
training. The classes are Pascal VOC's 20 and background, unless ``ROOT/classes.json``, CVAT's
``ROOT/labelmap.txt`` or LabelMe's ``ROOT/class_names.txt`` exists; early versions of LabelMe have
the masks in ``ROOT/SegmentationClassPNG``, and other files in ``SegmentationClass``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.masks.class_file import described_classes
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.mask_folder import MaskFolder
from cyclemlp.data.layouts.voc_classes import read_class_names, read_labelmap, voc_classes
from cyclemlp.data.layouts.voc_lists import list_images

EXPECTED = "Pascal VOC's JPEGImages, SegmentationClass and ImageSets/Segmentation"
_READERS = {"labelmap.txt": read_labelmap, "class_names.txt": read_class_names}
_NO_NAMES = (
    "no file names the classes (classes.json, labelmap.txt or class_names.txt), so they are Pascal "
    "VOC's 20 and background"
)


def is_voc_masks(root: Path) -> bool:
    """Return whether ROOT has the folders ``JPEGImages`` and ``SegmentationClass``."""
    return (root / "JPEGImages").is_dir() and (root / "SegmentationClass").is_dir()


def open_voc_masks(root: Path, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the data set's order.

    Raises:
        ValueError: there is no such split, no pair of image and mask, or a class that `classes`
            lacks.
    """
    masks = root / "SegmentationClassPNG"
    masks = masks if masks.is_dir() else root / "SegmentationClass"
    file, listed, _, notes = list_images(root, split, masks, ".png", "Segmentation")
    if repeats := len(listed) - len(set(listed)):
        notes = (*notes, f"{repeats} lines of {file.name} repeat a name: each counts once")
    table = described_classes(root, classes) or _own_classes(root, classes)
    if table is None:
        table = voc_classes()
        notes = (*notes, _NO_NAMES)
    table = table.ordered(classes, str(root))
    return MaskFolder(root / "JPEGImages", masks, split, table, notes=notes, listed=listed)


def _own_classes(root: Path, classes: Sequence[str] | None) -> ClassTable | None:
    file = next((root / name for name in _READERS if (root / name).is_file()), None)
    if file is None:
        return None
    table = _READERS[file.name](file)
    if classes is None:
        table.require_several(str(file))
    return table


LAYOUT = Layout("Pascal VOC's masks", ("segment",), EXPECTED, is_voc_masks, open_voc_masks)
