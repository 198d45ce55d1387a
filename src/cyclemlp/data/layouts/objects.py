"""Pictures with objects in boxes, whatever file describes them; boxes put right on the way in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat, Mask
from typing_extensions import override

from cyclemlp.data.images import Header, ImageError, image_fault, image_header, read_image
from cyclemlp.data.layouts.mask_files import aligned
from cyclemlp.data.layouts.shapes import Shape, decode_shape, without_slivers
from cyclemlp.data.split import Check, Sample, Split

_SLACK = 1.0  # pixels beyond the edge that rounding and counting from 1 or 0 explain
_SLIGHT = "less than a pixel wide or high; coordinates count pixels"

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, from 0; right and bottom are where the object has ended."""


class Item(NamedTuple):
    """One object of a picture."""

    box: Box
    label: int
    crowd: bool = False
    area: float | None = None
    shape: Shape | None = None
    name: str = "object"


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture as its annotations describe it.

    Args:
        file: of the picture.
        id: the annotations' number for it.
        size: (width, height) that the annotations state; None if they state none.
        items: what is in it.
        fault: why its annotations cannot be used.
        warnings: what was put right or left out.
    """

    file: str
    id: int
    size: tuple[int, int] | None
    items: tuple[Item, ...] = ()
    fault: str | None = None
    warnings: tuple[str, ...] = ()


def put_right(scene: Scene) -> tuple[Scene, int]:
    """Leave out boxes without area or outside the picture, and cut those partly outside.

    Of an object's polygons those of fewer than 3 points are left out too.

    Returns:
        The scene, with a warning for what was left out, and how many boxes were cut by more than
        a pixel.
    """
    if scene.size is None:
        return scene, 0
    kept, warnings, cut = [], list(scene.warnings), 0
    for item in scene.items:
        reason = _useless(item.box, *scene.size)
        if reason is not None:
            shown = [round(value, 2) for value in item.box]
            warnings.append(f"{item.name} {reason}, {shown} (left, top, right, bottom): left out")
            continue
        box = _clipped(item.box, *scene.size)
        cut += any(abs(a - b) > _SLACK for a, b in zip(box, item.box, strict=True))
        shape, slivers = without_slivers(item.shape)
        if slivers:
            warnings.append(f"{item.name} has {slivers} polygons of fewer than 3 points: left out")
        kept.append(item._replace(box=box, shape=shape))
    changed = Scene(scene.file, scene.id, scene.size, tuple(kept), scene.fault, tuple(warnings))
    return changed, cut


def _useless(box: Box, width: int, height: int) -> str | None:
    left, top, right, bottom = box
    if not all(map(math.isfinite, box)):
        return "has a box that is not of numbers"
    if right <= left or bottom <= top:
        return "has a box without area"
    if left >= width or top >= height or right <= 0 or bottom <= 0:
        return f"lies outside the {width} × {height} picture"
    return None


def _clipped(box: Box, width: int, height: int) -> Box:
    left, top, right, bottom = box
    return (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))


class ObjectSplit(Split):
    """Pictures and their objects.

    A target is a dict:

    - ``boxes``: `BoundingBoxes` ``(N, 4)`` float32, left, top, right, bottom in pixels of the
      upright picture;
    - ``labels``: ``(N,)`` int64, from 0, in the order of `classes`;
    - ``iscrowd``: ``(N,)`` int64, 1 for a group that is not told apart (COCO) or an object marked
      difficult (Pascal VOC): not to be learnt from, and neither hit nor miss in evaluation;
    - ``area``: ``(N,)`` float32, in pixels, as annotated, else the box's;
    - ``image_id``: the annotations' number of the picture;
    - ``size``: (height, width) of the upright picture;
    - ``masks``, if asked for: `Mask` ``(N, H, W)`` uint8, 1 inside, decoded when a sample is read.

    Annotations belong to the picture as a viewer shows it, unless the size they state is that of
    the stored pixels of a picture lying on its side (EXIF): then they are turned with it.

    Args:
        name: the split's name.
        classes: names, in the order of the labels.
        scenes: the pictures.
        masks: whether targets have masks.
        notes: see `Split`.
        category_ids: the annotations' numbers of the classes; by default from 1 on.

    Raises:
        ValueError: no pictures.
    """

    classes_required = False

    def __init__(
        self,
        name: str,
        classes: Sequence[str],
        scenes: Iterable[Scene],
        masks: bool = False,
        notes: Sequence[str] = (),
        category_ids: Sequence[int] | None = None,
    ) -> None:
        self.name = name
        self.classes = tuple(classes)
        self.masks = masks
        self.category_ids = tuple(category_ids or range(1, len(self.classes) + 1))
        righted = [put_right(_with_size(scene)) for scene in scenes]
        self.scenes = tuple(scene for scene, _ in righted)
        cut = sum(count for _, count in righted)
        items = [item for scene in self.scenes for item in scene.items]
        crowds = sum(item.crowd for item in items)
        slight = sum(
            min(item.box[2] - item.box[0], item.box[3] - item.box[1]) < 1 for item in items
        )
        empty = sum(not scene.items for scene in self.scenes)
        self.notes = (
            *notes,
            f"{len(items)} objects, {crowds} of them crowds or difficult",
            *([f"{empty} pictures without objects"] if empty else []),
            *([f"{cut} boxes reach beyond their picture and are cut at its edge"] if cut else []),
            *([f"{slight} boxes are {_SLIGHT}"] if slight else []),
        )
        if not self.scenes:
            raise ValueError(f"split {name!r} has no pictures at all")

    @override
    def __len__(self) -> int:
        return len(self.scenes)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(read_image(self.source(index)), self.target(index))

    @override
    def source(self, index: int) -> str:
        return self.scenes[index].file

    @override
    def labels(self, index: int) -> Sequence[int]:
        return [item.label for item in self.scenes[index].items]

    @override
    def fault(self, index: int) -> str | None:
        return self.check(index).fault

    @override
    def check(self, index: int) -> Check:
        scene = self.scenes[index]
        fault = scene.fault or image_fault(scene.file)
        if fault is None:
            try:
                self.target(index)
            except (ImageError, FileNotFoundError) as error:
                fault = str(error).removeprefix(f"{scene.file}: ")
        if fault is not None:
            return Check(fault)
        return Check(None, [item.label for item in scene.items if not item.crowd], scene.warnings)

    def target(self, index: int) -> dict[str, Any]:
        """A sample's target; see the class.

        Raises:
            ImageError: annotations that cannot be used.
        """
        scene = self.scenes[index]
        if scene.fault is not None:
            raise ImageError(f"{scene.file}: {scene.fault}")
        header = image_header(scene.file)
        width, height = header.size
        boxes = torch.tensor([item.box for item in scene.items], dtype=torch.float32).view(-1, 4)
        boxes = _turned_boxes(boxes, _stated_size(scene, header), header)
        sizes = (boxes[:, 2:] - boxes[:, :2]).prod(1).tolist()
        areas = [
            size if item.area is None else item.area
            for item, size in zip(scene.items, sizes, strict=True)
        ]
        target = {
            "boxes": BoundingBoxes(
                boxes,  # type: ignore[arg-type]
                format=BoundingBoxFormat.XYXY,
                canvas_size=(height, width),
            ),
            "labels": torch.tensor([item.label for item in scene.items], dtype=torch.int64),
            "iscrowd": torch.tensor([int(item.crowd) for item in scene.items], dtype=torch.int64),
            "area": torch.tensor(areas, dtype=torch.float32),
            "image_id": scene.id,
            "size": (height, width),
        }
        return target | ({"masks": self._masks(scene, header)} if self.masks else {})

    def _masks(self, scene: Scene, header: Header) -> Mask:
        width, height = _stated_size(scene, header)
        planes = np.zeros((len(scene.items), height, width), dtype=np.uint8)
        for plane, item in zip(planes, scene.items, strict=True):
            try:
                plane[:] = decode_shape(item.shape, width, height)
            except ValueError as error:
                raise ImageError(f"{scene.file}: {item.name}: {error}") from error
        masks = aligned(planes, header)
        assert masks is not None  # the size was checked
        return Mask(torch.from_numpy(masks))


def _with_size(scene: Scene) -> Scene:
    """The scene with its picture's size where the annotations do not state it."""
    if scene.size is not None or scene.fault is not None:
        return scene
    try:
        size = image_header(scene.file).size
    except (ImageError, FileNotFoundError):
        return scene  # the check will name it
    return Scene(scene.file, scene.id, size, scene.items, None, scene.warnings)


def _stated_size(scene: Scene, header: Header) -> tuple[int, int]:
    stored = (header.width, header.height)
    if scene.size is None or scene.size in (header.size, stored):
        return scene.size or header.size
    raise ImageError(
        f"{scene.file}: its annotations are of a picture of {scene.size[0]} × {scene.size[1]} "
        f"pixels, and it has {header.size[0]} × {header.size[1]}"
    )


def _turned_boxes(boxes: torch.Tensor, stated: tuple[int, int], header: Header) -> torch.Tensor:
    """Boxes of the stored pixels as boxes of the upright picture; others as they are.

    As `aligned` turns masks: exchange the axes, then mirror one of them or both.
    """
    if stated == header.size:
        return boxes
    width, height = header.size
    boxes = boxes[:, [1, 0, 3, 2]]
    if header.orientation in (6, 7):
        boxes = torch.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)
    if header.orientation in (7, 8):
        boxes = torch.stack(
            [boxes[:, 0], height - boxes[:, 3], boxes[:, 2], height - boxes[:, 1]], 1
        )
    return boxes
