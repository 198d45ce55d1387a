"""Cleaning of annotations: unusable boxes are left out, others are clipped to their image."""

from __future__ import annotations

import math
from dataclasses import replace

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_header
from cyclemlp.data.layouts.objects.polygons import without_slivers
from cyclemlp.data.layouts.objects.scene import Box, Item, Scene

_TOLERANCE = 1.0  # pixels beyond the edge due to rounding, or to counting from 1


def cleaned(scene: Scene) -> tuple[Scene, int]:
    """Leave out boxes without area or outside the image, and clip boxes to the image.

    Polygons of fewer than 3 points are left out too. A size that the annotations lack is read from
    the image.

    Returns:
        The scene, with a warning for each part left out, and the number of boxes that were clipped
        by more than a pixel.
    """
    scene = _with_size(scene)
    if scene.size is None:
        return scene, 0
    kept, warnings, clipped = [], list(scene.warnings), 0
    for item in scene.items:
        reason = _refusal(item.box, *scene.size)
        if reason is not None:
            shown = [round(value, 2) for value in item.box]
            warnings.append(f"{item.name} {reason}, {shown} (left, top, right, bottom): left out")
            continue
        item, beyond = _clipped(item, *scene.size)
        clipped += beyond
        item, told = trimmed(item)
        kept.append(item)
        warnings += told
    return replace(scene, items=tuple(kept), warnings=tuple(warnings)), clipped


def trimmed(item: Item) -> tuple[Item, tuple[str, ...]]:
    """Leave out polygons of fewer than 3 points, with a warning."""
    shape, slivers = without_slivers(item.shape)
    if not slivers:
        return item, ()
    warning = f"{item.name} has {slivers} polygons of fewer than 3 points: left out"
    return item._replace(shape=shape), (warning,)


def _with_size(scene: Scene) -> Scene:
    if scene.size is not None or scene.fault is not None:
        return scene
    try:
        return replace(scene, size=image_header(scene.file).size)
    except (ImageError, FileNotFoundError):
        return scene  # the check reports the file


def _refusal(box: Box, width: int, height: int) -> str | None:
    left, top, right, bottom = box
    if not all(map(math.isfinite, box)):
        return "has a box with values that are not finite"
    if right <= left or bottom <= top:
        return "has a box without area"
    if left >= width or top >= height or right <= 0 or bottom <= 0:
        return f"is outside the {width} × {height} image"
    return None


def _clipped(item: Item, width: int, height: int) -> tuple[Item, bool]:
    """Return the object with its box clipped, and whether the box was clearly beyond the image."""
    left, top, right, bottom = item.box
    box = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    beyond = any(abs(a - b) > _TOLERANCE for a, b in zip(box, item.box, strict=True))
    return item._replace(box=box), beyond
