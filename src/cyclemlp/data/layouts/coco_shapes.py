"""The shapes of COCO's annotations, as tools write them, and the boxes that follow from them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from cyclemlp.data.layouts.objects.polygons import rle_box

BoxXywh = tuple[float, float, float, float]


def shape_of(segmentation: Any) -> Any:
    """Return polygons as COCO's lists of numbers; other values are returned unchanged.

    VGG's annotator writes one polygon without the outer list, and others write pairs of numbers.

    Args:
        segmentation: the annotation's value, unchecked.
    """
    if not (isinstance(segmentation, list) and segmentation):
        return segmentation
    if all(map(_is_number, segmentation)):
        return [segmentation]
    return [_flat(part) if _are_pairs(part) else part for part in segmentation]


def box_of(shape: Any) -> BoxXywh | None:
    """Return the bounding box of a shape: left, top, width and height; None if there is none.

    Args:
        shape: of `shape_of`.
    """
    if isinstance(shape, dict):
        return rle_box(shape)
    with suppress(TypeError, ValueError, OverflowError):
        values = np.array([value for part in shape for value in part], dtype=np.float64)
        points = values.reshape(-1, 2)
        (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
        return left, top, right - left, bottom - top
    return None


def has_box(annotation: dict[str, Any]) -> bool:
    """Return whether an annotation states a box; some tools write null or an empty list."""
    return annotation.get("bbox") not in (None, [])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _are_pairs(part: Any) -> bool:
    return (
        isinstance(part, list)
        and bool(part)
        and all(isinstance(p, list) and len(p) == 2 and all(map(_is_number, p)) for p in part)
    )


def _flat(part: list[list[float]]) -> list[float]:
    return [value for point in part for value in point]
