"""An image and its annotated objects, independent of the annotations' format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cyclemlp.data.layouts.objects.polygons import Shape

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels, from 0; right and bottom are exclusive."""


class Item(NamedTuple):
    """One annotated object.

    Attributes:
        box: bounding box; its corners may be exchanged until the scene is cleaned.
        label: label of its class.
        crowd: whether it is a crowd (COCO) or marked difficult (Pascal VOC).
        area: annotated area in pixels, or None.
        shape: annotated mask, or None.
        name: the annotation, for messages.
        written: the box as the annotation has it, by the format's names, for messages.
    """

    box: Box
    label: int
    crowd: bool = False
    area: float | None = None
    shape: Shape | None = None
    name: str = "object"
    written: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One image as its annotations describe it.

    Attributes:
        file: path of the image.
        id: the annotations' number of the image.
        size: annotated (width, height); None if the annotations do not have it.
        items: the objects.
        fault: why the annotations cannot be used, or None.
        warnings: what was left out of the annotations.
    """

    file: str
    id: int
    size: tuple[int, int] | None
    items: tuple[Item, ...] = ()
    fault: str | None = None
    warnings: tuple[str, ...] = ()
