"""Semantic segmentation from the polygons and run lengths of COCO's format.

The files are those of `cyclemlp.data.layouts.coco`. Label 0 is the class ``background``, for pixels
without an annotation. Later annotations are drawn over earlier ones; crowds are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.coco import is_coco
from cyclemlp.data.layouts.coco_categories import categories_of
from cyclemlp.data.layouts.coco_scenes import scenes_of
from cyclemlp.data.layouts.coco_split import read_split
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.masks.background import require_background, with_background
from cyclemlp.data.layouts.masks.drawn_masks import DrawnMasks


def open_coco_masks(root: Path, split: str, classes: Sequence[str] | None = None) -> DrawnMasks:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is ``background``, and then the order of the
            category ids.

    Raises:
        ValueError: as `cyclemlp.data.layouts.coco.open_coco`; or `classes` has no ``background``.
        FileNotFoundError: there is no folder of images.
    """
    content = read_split(root, split, classes)
    file, annotations = content.file, content.annotations
    if classes is None:
        classes = with_background(categories_of(file, content.categories, annotations, None).names)
    require_background(str(file), classes)
    categories = categories_of(file, content.categories, annotations, classes)
    scenes = scenes_of(content, categories, masks=True)
    return DrawnMasks(split, categories.names, scenes, content.notes)


EXPECTED = "COCO's instances_train.json with polygons"
LAYOUT = Layout("COCO's format", ("segment",), EXPECTED, is_coco, open_coco_masks)
