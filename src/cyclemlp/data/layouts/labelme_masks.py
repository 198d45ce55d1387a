"""Semantic segmentation from the shapes of LabelMe's layout.

The files are those of `cyclemlp.data.layouts.labelme`. Label 0 is the class ``background``, for
pixels without a shape. Later shapes are drawn over earlier ones; pixels of shapes with the label
``__ignore__`` are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.labelme import EXPECTED
from cyclemlp.data.layouts.labelme_classes import labels_by_name
from cyclemlp.data.layouts.labelme_file import LABELME
from cyclemlp.data.layouts.labelme_scenes import scenes_of
from cyclemlp.data.layouts.labelme_split import classes_of, read_split
from cyclemlp.data.layouts.masks.background import require_background, with_background
from cyclemlp.data.layouts.masks.drawn_masks import DrawnMasks


def open_labelme_masks(root: Path, split: str, classes: Sequence[str] | None = None) -> DrawnMasks:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is ``background``, and then the data set's
            classes. A file with another label is a fault.

    Raises:
        ValueError: there is no such split, no JSON file, or no class; or `classes` has no
            ``background``.
    """
    content = read_split(root, split)
    classes = with_background(classes_of(root, content)) if classes is None else classes
    require_background(str(content.folder), classes)
    scenes = scenes_of(content.files, labels_by_name(classes), ignore=True)
    opened = DrawnMasks(split, classes, scenes, content.notes)
    opened.strays = content.strays
    return opened


LAYOUT = Layout("LabelMe", ("segment",), EXPECTED, LABELME.are_in, open_labelme_masks)
