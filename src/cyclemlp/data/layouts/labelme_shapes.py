"""LabelMe's shapes: rectangles, polygons, circles and masks as boxes, polygons and pixels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from cyclemlp.data.layouts.labelme_bitmaps import bitmap_of
from cyclemlp.data.layouts.objects.scene import Box
from cyclemlp.data.messages import shortened

_CORNERS = 64  # of the polygon of a circle
_POLYGONS = ("polygon", "rotation", "oriented_rectangle", "quadrilateral")
_KINDS = ("rectangle", "circle", "mask", *_POLYGONS)
_KNOWN = "rectangle, polygon, circle or mask"


class Outline(NamedTuple):
    """One shape.

    Attributes:
        label: its class's name.
        points: its corners ``(N, 2)``, x and y in pixels.
        group: number of the object that consists of several shapes, or None.
        number: number of the shape in its file, from 1.
        bitmap: its pixels ``(H, W)`` bool, if it has them; `points` are the corners of their box.
    """

    label: str
    points: np.ndarray
    group: int | None
    number: int
    bitmap: np.ndarray | None = None

    @property
    def name(self) -> str:
        """The shape, for messages."""
        return f"shape {self.number} ({self.label})"

    @property
    def box(self) -> Box:
        """The bounding box."""
        (left, top), (right, bottom) = self.points.min(0).tolist(), self.points.max(0).tolist()
        return left, top, right, bottom


def outline_of(number: int, shape: Any) -> Outline | str:
    """Return a shape's outline, or a warning if the shape is left out.

    Args:
        number: number of the shape in its file, for messages.
        shape: the entry of the file.

    Raises:
        ValueError: the entry is not a shape, or its points are unusable.
    """
    label = shape.get("label") if isinstance(shape, dict) else None
    label = str(label) if type(label) is int else label  # programs write numbers of classes
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"shape {number} has no label, got {shortened(shape)}")
    label = label.strip()
    where = f"shape {number} ({label})"
    kind = shape.get("shape_type") or "polygon"  # early versions have polygons only
    if kind not in _KINDS:
        return f"{where} is a {kind}, not a {_KNOWN}: left out"
    points = _points(where, shape.get("points"))
    if len(points) < (3 if kind in _POLYGONS else 2):
        return f"{where} is a {kind} of {len(points)} points: left out"
    bitmap = bitmap_of(where, shape) if kind == "mask" else None
    if bitmap is not None:
        points = np.trunc(points.min(0)) + np.array([[0, 0], bitmap.shape[::-1]])
    group, corners = shape.get("group_id"), _corners(kind, points)
    if not (corners.max(0) > corners.min(0)).all():
        return f"{where} is a {kind} without area: left out"
    return Outline(label, corners, group if type(group) is int else None, number, bitmap)


def _points(where: str, points: Any) -> np.ndarray:
    try:
        values = np.asarray(points, dtype=np.float64)
        values = values if values.ndim == 2 and values.shape[1] == 2 else values.reshape(0, 2)
    except (TypeError, ValueError, OverflowError):
        values = np.full((1, 2), math.nan)
    if not np.isfinite(values).all():
        raise ValueError(f"{where}: points are pairs of numbers, got {shortened(points)}")
    return values


def _corners(kind: str, points: np.ndarray) -> np.ndarray:
    if kind in _POLYGONS:
        return points
    if kind != "circle":  # drawn from any corner to the opposite one
        (left, top), (right, bottom) = points.min(0), points.max(0)
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    centre, edge = points[:2]
    angles = np.linspace(0, 2 * math.pi, _CORNERS, endpoint=False)
    return centre + math.dist(centre, edge) * np.stack([np.cos(angles), np.sin(angles)], 1)
