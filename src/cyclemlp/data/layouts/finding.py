"""The tables of layouts: which layout a folder has, and opening a data set for each task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from cyclemlp.data.layouts import (
    ade20k,
    camvid,
    cityscapes,
    class_folders,
    class_lists,
    coco,
    coco_masks,
    index_masks,
    labelme,
    labelme_masks,
    plain_class_folders,
    voc_boxes,
    voc_files,
    voc_masks,
    yolo,
)
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import listing, require_folder
from cyclemlp.data.layouts.hints import hint
from cyclemlp.data.layouts.masks.mask_places import masks_are_beside
from cyclemlp.data.layouts.masks.mask_split import MaskSplit
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.layouts.timm_names import is_timm_string, open_timm
from cyclemlp.data.split import Split

S = TypeVar("S", bound=Split)

DETECTION: tuple[Layout[ObjectSplit], ...] = (
    coco.LAYOUT,
    voc_boxes.LAYOUT,
    yolo.LAYOUT,
    voc_files.LAYOUT,
    labelme.LAYOUT,
)
SEGMENTATION: tuple[Layout[MaskSplit], ...] = (
    index_masks.LAYOUT,
    ade20k.LAYOUT,
    cityscapes.LAYOUT,
    voc_masks.LAYOUT,
    camvid.LAYOUT,
    coco_masks.LAYOUT,
    labelme_masks.LAYOUT,
)
CLASSIFICATION: tuple[Layout[Split], ...] = (
    class_folders.LAYOUT,
    class_lists.LAYOUT,
    plain_class_folders.LAYOUT,  # last: other layouts have folders of images, too
)
LAYOUTS: tuple[Layout[Split], ...] = (*DETECTION, *SEGMENTATION, *CLASSIFICATION)
"""All layouts, in the order in which a folder is compared with them."""

FILES = tuple({suffix for layout in LAYOUTS for suffix in layout.files})
"""Suffixes of the files that may stand for a data set's folder."""


def open_classification(data: str, split: str, classes: Sequence[str] | None = None) -> Split:
    """Open one split of a data set with one class per image.

    Args:
        data: a folder in one of the layouts `CLASSIFICATION`, or a timm data set string, see
            `cyclemlp.data.layouts.timm_names`.
        split: ``"train"``, ``"val"``, …. If there is no ``val``, another usual name is used, and
            the split's notes say so.
        classes: the order of the labels, e.g. that of a bundle; the default is the data set's.

    Raises:
        FileNotFoundError: the folder does not exist.
        ValueError: there is no such split, no image, no class, or a class that `classes` lacks.
    """
    if is_timm_string(data):
        return open_timm(data, split, classes)
    root = Path(data)
    require_folder(root, _expected(CLASSIFICATION), FILES)
    # An unrecognized folder is opened as class folders, because that error says what is missing.
    layout = _first((*CLASSIFICATION[:-1], *LAYOUTS), root) or class_folders.LAYOUT
    if layout is index_masks.LAYOUT and (beside := classes_beside_masks(root)):
        layout = beside
    if layout not in CLASSIFICATION:
        raise _refusal(root, "classification", CLASSIFICATION)
    return layout.open(root, split, classes)


def open_segmentation(data: str, split: str, classes: Sequence[str] | None = None) -> MaskSplit:
    """Open one split of a data set with a class for each pixel.

    Args:
        data: a folder in one of the layouts `SEGMENTATION`.
        split: as in `open_classification`.
        classes: the order of the labels, e.g. that of a bundle; the default is the data set's.

    Raises:
        FileNotFoundError: the folder does not exist.
        ValueError: the layout is not recognized, there is no such split, no pair of image and
            mask, no class, or a class that `classes` lacks.
    """
    root = Path(data)
    return _layout_of(root, "segmentation", SEGMENTATION).open(root, split, classes)


def open_detection(
    data: str, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split of a data set with annotated objects.

    Args:
        data: a folder in one of the layouts `DETECTION`.
        split: as in `open_classification`.
        classes: the order of the labels, e.g. that of a bundle; the default is the data set's.
        masks: whether targets have masks of the objects.

    Raises:
        FileNotFoundError: the folder does not exist, or there is no folder of images.
        ValueError: the layout is not recognized or has no masks, there is no such split, no image,
            or a class that `classes` lacks.
    """
    root = Path(data)
    return _layout_of(root, "detection", DETECTION).open(root, split, classes, masks)


def classes_beside_masks(root: Path) -> Layout[Split] | None:
    """Return the layout of class folders that have masks beside their images, or None."""
    return _first(CLASSIFICATION, root) if masks_are_beside(root) else None


def _layout_of(root: Path, kind: str, layouts: Sequence[Layout[S]]) -> Layout[S]:
    require_folder(root, _expected(layouts), FILES)
    layout = _first(layouts, root)
    if layout is None:
        raise _refusal(root, kind, layouts)
    return layout


def _first(layouts: Iterable[Layout[S]], root: Path) -> Layout[S] | None:
    return next((layout for layout in layouts if layout.fits(root)), None)


def _refusal(root: Path, kind: str, layouts: Sequence[Layout[Split]]) -> ValueError:
    other = _first(LAYOUTS, root)
    looks = hint(root, LAYOUTS)
    if other:
        looks = f", which looks like {other.name}: --task {_tasks_like(other, root)}"
    found = f"; {listing(root)}" if root.is_dir() else ""
    return ValueError(f"--data {root} is not a {kind} data set: {_expected(layouts)}{found}{looks}")


def _tasks_like(layout: Layout[Split], root: Path) -> str:
    """Return the tasks of all layouts of this name that recognize ROOT, for a message."""
    alike = [other for other in LAYOUTS if other.name == layout.name and other.fits(root)]
    *others, last = (task for other in alike for task in other.tasks)
    return f"{', '.join(others)} or {last}" if others else last


def _expected(layouts: Sequence[Layout[Split]]) -> str:
    *others, last = (layout.expected for layout in layouts)
    return f"expected {', '.join(others)}{', or ' if others else ''}{last}"
