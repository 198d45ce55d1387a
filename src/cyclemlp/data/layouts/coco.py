"""COCO's format (Lin et al., ECCV 2014), as the released files and as annotation tools write it.

Annotation files ``instances_<split>[<year>].json`` are in ROOT or ``ROOT/annotations``. Images are
in ``ROOT/images/<split>`` or ``ROOT/<split>``, either with the year of the file's name, or in
``ROOT/images``. CVAT's export has the single split ``default``. Roboflow's export has
``ROOT/<split>/_annotations.coco.json`` with the images beside it. Label Studio's export has
``ROOT/result.json`` and ``ROOT/images``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.coco_categories import categories_of
from cyclemlp.data.layouts.coco_places import annotation_files
from cyclemlp.data.layouts.coco_scenes import scenes_of
from cyclemlp.data.layouts.coco_split import read_split
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.objects.object_split import ObjectSplit

EXPECTED = (
    "ROOT/instances_train.json with ROOT/images/train/*, "
    "ROOT/annotations/instances_train2017.json with ROOT/train2017/*, "
    "ROOT/train/_annotations.coco.json with ROOT/train/*"
)


def is_coco(root: Path) -> bool:
    """Return whether ROOT has annotation files at the places described above."""
    return bool(annotation_files(root))


def open_coco(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the order of the category ids.
        masks: whether targets have masks.

    Raises:
        ValueError: there is no such split, or two files of it; the file is not in COCO's format,
            has ambiguous ids, nothing in it, or a class that `classes` lacks.
        FileNotFoundError: there is no folder of images.
    """
    content = read_split(root, split, classes)
    categories = categories_of(content.file, content.categories, content.annotations, classes)
    scenes = scenes_of(content, categories, masks)
    return ObjectSplit(split, categories.names, scenes, masks, content.notes, categories.ids)


LAYOUT = Layout("COCO's format", ("detect", "instance"), EXPECTED, is_coco, open_coco)
