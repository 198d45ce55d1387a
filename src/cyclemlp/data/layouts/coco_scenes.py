"""COCO's images and annotations as scenes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclemlp.data.layouts.coco_categories import Categories
from cyclemlp.data.layouts.coco_file import Entry
from cyclemlp.data.layouts.coco_shapes import box_of, has_box, shape_of
from cyclemlp.data.layouts.coco_split import CocoSplit
from cyclemlp.data.layouts.objects.scene import Item, Scene


def scenes_of(content: CocoSplit, categories: Categories, masks: bool) -> Iterator[Scene]:
    """Yield a scene for each image; a scene with unusable annotations has a fault.

    Args:
        content: the split.
        categories: its classes.
        masks: whether to keep the objects' masks.

    Raises:
        ValueError: masks are requested, and no annotation has one.
    """
    if masks:
        _require_masks(content)
    groups = defaultdict(list)
    for annotation in content.annotations:
        groups[annotation["image_id"]].append(annotation)
    for image, path in zip(content.images, content.paths, strict=True):
        if path is None:
            fault = f"its file_name leads out of the data set's folder, {content.root}"
            yield Scene(image["file_name"], image["id"], None, fault=fault)
        else:
            yield _scene(path, image, groups[image["id"]], categories, masks)


def _require_masks(content: CocoSplit) -> None:
    if content.annotations and not any(one.get("segmentation") for one in content.annotations):
        raise ValueError(
            f"{content.file}: its annotations are boxes, which have no masks; use --task detect"
        )


def _scene(
    file: Path, image: Entry, annotations: Sequence[Entry], categories: Categories, masks: bool
) -> Scene:
    try:
        size = _size(image)
        items = tuple(_item(annotation, categories, masks) for annotation in annotations)
    except _AnnotationError as error:
        return Scene(str(file), image["id"], None, fault=str(error))
    return Scene(str(file), image["id"], size, items)


class _AnnotationError(ValueError):
    """An image or annotation with unusable values."""


def _size(image: Entry) -> tuple[int, int] | None:
    stated = image.get("width"), image.get("height")
    try:
        width, height = (int(float(side or 0)) for side in stated)
    except (TypeError, ValueError, OverflowError) as error:
        raise _AnnotationError(f"its width and height are whole numbers, got {stated}") from error
    return (width, height) if width and height else None


def _item(annotation: Entry, categories: Categories, masks: bool) -> Item:
    name = f"annotation {annotation.get('id', '')}".rstrip()
    number = annotation["category_id"]
    if number not in categories.labels:
        known = ", ".join(map(str, sorted(categories.labels)[:8]))
        raise _AnnotationError(f"{name} has the category_id {number}; there are {known} …")
    label = categories.labels[number]
    shape = shape_of(annotation.get("segmentation"))
    box = annotation["bbox"] if has_box(annotation) else box_of(shape)
    if box is None:
        raise _AnnotationError(f"{name} has neither a bbox nor a segmentation with an area")
    try:
        if isinstance(box, str):
            raise TypeError
        left, top, width, height = map(float, box)
        area = None if annotation.get("area") is None else float(annotation["area"])
    except (TypeError, ValueError, OverflowError) as error:
        raise _AnnotationError(f"{name}: bbox is 4 numbers and area one, got {box}") from error
    return Item(
        (left, top, left + width, top + height),
        label,
        annotation.get("iscrowd") in (1, "1"),
        area,
        shape if masks else None,
        f"{name} ({categories.names[label]})",
        {"bbox": box},
    )
