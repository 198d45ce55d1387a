"""Which of the layouts with objects a folder has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.coco import coco_files, open_coco
from cyclemlp.data.layouts.folders import contents, require_folder
from cyclemlp.data.layouts.objects import ObjectSplit
from cyclemlp.data.layouts.voc_boxes import is_voc, open_voc

_LAYOUT = (
    "expected ROOT/instances_train.json with ROOT/images/train/*, "
    "ROOT/annotations/instances_train2017.json with ROOT/train2017/*, "
    "or Pascal VOC's JPEGImages, Annotations and ImageSets"
)


def open_detection(
    data: str, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split of a data set with boxes around objects: COCO's JSON or Pascal VOC's XML.

    Args:
        data: ROOT; see `open_coco` and `open_voc` for what lies there.
        split: ``"train"``, ``"val"``, …
        classes: the order the labels follow, e.g. a bundle's; by default the data set's own.
        masks: whether targets have masks of the objects, which Pascal VOC's files have not.

    Raises:
        FileNotFoundError: no such folder, or no folder of pictures.
        ValueError: no such layout or split, no pictures, or a class that is none of `classes`.
    """
    root = Path(data)
    require_folder(root, _LAYOUT)
    if coco_files(root):
        return open_coco(root, split, classes, masks)
    if not is_voc(root):
        raise ValueError(f"--data {root} is no detection data set: {_LAYOUT}; {contents(root)}")
    if masks:
        raise ValueError(f"--data {root}: Pascal VOC's boxes have no masks; use --task detect")
    return open_voc(root, split, classes)
