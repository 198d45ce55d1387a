"""Object masks in COCO's formats: polygons and run lengths.

faster-coco-eval, a requirement of the ``train`` extra, decodes them; it is imported on first use.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Shape = list[list[float]] | dict[str, Any]
"""Polygons ``[x0, y0, x1, y1, …]``, or ``{"size": [H, W], "counts": …}`` with the counts as a list
or in COCO's compressed form."""

_REACH = 100  # largest coordinate of a polygon, in multiples of the image's longer side


def decode_shape(shape: Any, width: int, height: int) -> np.ndarray:
    """Decode a shape.

    Args:
        shape: a `Shape`, unchecked.
        width: of the image, in pixels.
        height: of the image, in pixels.

    Returns:
        The mask ``(H, W)`` uint8, 1 inside.

    Raises:
        ValueError: it is not a valid shape; the message has the reason.
        ImportError: faster-coco-eval is not installed.
    """
    try:
        from faster_coco_eval import mask
    except ImportError as error:
        raise ImportError(
            'object masks need faster-coco-eval: pip install "cyclemlp[train]"'
        ) from error
    _check(shape, width, height)
    try:
        return mask.decode(mask.segmToRle(shape, width, height))
    except (ValueError, RuntimeError, TypeError) as error:
        raise ValueError(f"its run lengths cannot be read: {error}") from error


def rle_box(shape: dict[str, Any]) -> tuple[float, float, float, float] | None:
    """Return left, top, width and height of run lengths; None if they cannot be read.

    Args:
        shape: unchecked.
    """
    size = shape.get("size")
    if not (isinstance(size, list) and len(size) == 2 and all(type(side) is int for side in size)):
        return None
    try:
        inside = np.argwhere(decode_shape(shape, size[1], size[0]))
    except ValueError:
        return None
    if not len(inside):
        return None
    (top, left), (bottom, right) = inside.min(0).tolist(), (inside.max(0) + 1).tolist()
    return left, top, right - left, bottom - top


def without_slivers(shape: Any) -> tuple[Any, int]:
    """Remove polygons of fewer than 3 points, and count them.

    A shape that has no other polygons is returned unchanged; `decode_shape` refuses it.
    """
    if not isinstance(shape, list):
        return shape, 0
    kept = [part for part in shape if not (isinstance(part, list) and len(part) in (0, 2, 4))]
    return (kept, len(shape) - len(kept)) if kept else (shape, 0)


def _check(shape: Any, width: int, height: int) -> None:
    if shape and isinstance(shape, list):
        if not all(isinstance(part, list) and _is_polygon(part) for part in shape):
            raise ValueError("its polygons are not lists of 3 or more points")
        farthest = max(np.abs(part).max() for part in shape)
        if farthest > _REACH * max(width, height):  # the decoder's time grows with this distance
            raise ValueError(f"a polygon has a point {farthest:.3g} pixels away")
    elif not isinstance(shape, dict) or not {"size", "counts"} <= set(shape):
        raise ValueError("it has neither polygons nor run lengths; --task detect needs none")
    elif shape["size"] != [height, width]:
        raise ValueError(
            f"its mask has the size {shape['size']}, but the image has [{height}, {width}]"
        )
    elif not isinstance(shape["counts"], str) and not _are_counts(shape["counts"]):
        raise ValueError("its run lengths cannot be read: expected text or whole numbers from 0")


def _are_counts(counts: Any) -> bool:
    return isinstance(counts, list) and all(type(count) is int and count >= 0 for count in counts)


def _is_polygon(part: list[Any]) -> bool:
    try:
        return len(part) >= 6 and len(part) % 2 == 0 and bool(np.isfinite(part).all())
    except TypeError:
        return False
