"""The target of an image with objects, as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat, Mask

from cyclemlp.data.images.header import Header
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_header
from cyclemlp.data.layouts.common.orientation import aligned, aligned_boxes
from cyclemlp.data.layouts.objects.annotated import annotated_size, item_mask
from cyclemlp.data.layouts.objects.scene import Item, Scene


def target_of(scene: Scene, masks: bool) -> dict[str, Any]:
    """Make the target that `ObjectSplit` describes.

    Args:
        scene: the image's annotations; the image's header is read.
        masks: whether to decode the objects' masks.

    Raises:
        FileNotFoundError: the image does not exist.
        ImageError: the image or its annotations cannot be used.
    """
    if scene.fault is not None:
        raise ImageError(f"{scene.file}: {scene.fault}")
    header = image_header(scene.file)
    width, height = header.size
    boxes = torch.tensor([item.box for item in scene.items], dtype=torch.float32).view(-1, 4)
    boxes = aligned_boxes(boxes, annotated_size(scene, header), header)
    target = {
        "boxes": BoundingBoxes(
            boxes,  # type: ignore[arg-type]
            format=BoundingBoxFormat.XYXY,
            canvas_size=(height, width),
        ),
        "labels": torch.tensor([item.label for item in scene.items], dtype=torch.int64),
        "iscrowd": torch.tensor([int(item.crowd) for item in scene.items], dtype=torch.int64),
        "area": _areas(scene.items, boxes),
        "image_id": scene.id,
        "size": (height, width),
    }
    return target | ({"masks": _masks(scene, header)} if masks else {})


def _areas(items: Sequence[Item], boxes: Tensor) -> Tensor:
    sizes = (boxes[:, 2:] - boxes[:, :2]).prod(1).tolist()
    areas = [
        size if item.area is None else item.area for item, size in zip(items, sizes, strict=True)
    ]
    return torch.tensor(areas, dtype=torch.float32)


def _masks(scene: Scene, header: Header) -> Mask:
    width, height = annotated_size(scene, header)
    planes = np.zeros((len(scene.items), height, width), dtype=np.uint8)
    for plane, item in zip(planes, scene.items, strict=True):
        plane[:] = item_mask(scene, item, width, height)
    masks = aligned(planes, header)
    assert masks is not None  # `annotated_size` checked the size
    return Mask(torch.from_numpy(masks))
