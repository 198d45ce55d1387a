"""Cleaning of annotations: boxes are put in order, left out if unusable, clipped to their image."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_header
from cyclemlp.data.layouts.objects.polygons import without_slivers
from cyclemlp.data.layouts.objects.scene import Box, Item, Scene

_TOLERANCE = 1.0  # pixels beyond the edge due to rounding, or to counting from 1


class Corrections(NamedTuple):
    """The numbers of boxes that were put in order, and clipped by more than a pixel."""

    ordered: int = 0
    clipped: int = 0


def cleaned(scene: Scene) -> tuple[Scene, Corrections]:
    """Put boxes in order, leave out those without area or outside the image, and clip the others.

    A box that was drawn from right to left or from bottom to top has its corners exchanged.
    Polygons of fewer than 3 points are left out too. A size that the annotations lack is read from
    the image.

    Returns:
        The scene, with a warning for each part left out, and the numbers of corrected boxes.
    """
    scene = _with_size(scene)
    if scene.size is None:
        return scene, Corrections()
    kept, warnings, ordered, clipped = [], list(scene.warnings), 0, 0
    for item in scene.items:
        reason = _refusal(_ordered(item).box, *scene.size)
        if reason is not None:
            warnings.append(f"{item.name} {reason}, {_written(item)}: left out")
            continue
        ordered += _ordered(item) is not item
        item, beyond = _clipped(_ordered(item), *scene.size)
        clipped += beyond
        item, told = trimmed(item)
        kept.append(item._replace(written=None))
        warnings += told
    scene = replace(scene, items=tuple(kept), warnings=tuple(warnings))
    return scene, Corrections(ordered, clipped)


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


def _ordered(item: Item) -> Item:
    """Return the object with the corners of its box in order; the same object if they are."""
    left, top, right, bottom = item.box
    if not (left > right or top > bottom):
        return item
    box = (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    area = None if item.area is None else abs(item.area)  # tools multiply the negative width
    return item._replace(box=box, area=area)


def _written(item: Item) -> str:
    """Describe an object's box as the annotation has it."""
    if item.written is not None:
        return ", ".join(f"{name} {value}" for name, value in item.written.items())
    return f"{[round(value, 2) for value in item.box]} (left, top, right, bottom)"


def _refusal(box: Box, width: int, height: int) -> str | None:
    left, top, right, bottom = box
    if not all(map(math.isfinite, box)):
        return "has a box with values that are not finite"
    if right == left or bottom == top:
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
