"""Objects of a large image by overlapping windows, in the memory of a few of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.ops import batched_nms

from cyclemlp.tasks.detection.network import Found
from cyclemlp.tasks.segmentation.windows import starts

_AT_ONCE = 4  # windows a forward pass
_TOUCHES = 1.0  # pixels from an edge at which a box counts as cut by it


def window_objects(
    network: nn.Module, image: Tensor, window: int, overlap: float, nms_iou: float, most: int
) -> Found:
    """The objects of an image, found window by window.

    A box that an inner edge of its window cuts is left out where the neighbouring window shows at
    least as much of it; what several windows see is joined by non-maximum suppression.

    Args:
        network: a `Detector`.
        image: ``(3, H, W)``.
        window: side in pixels.
        overlap: least share of a window that the next one covers again.
        nms_iou: of two boxes of a class that overlap by more than this the weaker one goes.
        most: objects to keep.
    """
    size = torch.tensor(image.shape[-2:])
    tops, lefts = (starts(int(side), window, overlap) for side in size)
    places = [(top, left) for top in tops for left in lefts]
    parts: list[Found] = []
    for first in range(0, len(places), _AT_ONCE):
        chosen = places[first : first + _AT_ONCE]
        crops = [image[:, top : top + window, left : left + window] for top, left in chosen]
        for found, (top, left) in zip(network(torch.stack(crops)), chosen, strict=True):
            whole = ~_cut(found["boxes"][:, 1::2], tops, top, window)
            whole &= ~_cut(found["boxes"][:, 0::2], lefts, left, window)
            kept = {name: values[whole] for name, values in found.items()}
            moved = kept["boxes"] + kept["boxes"].new_tensor([left, top, left, top])
            parts.append(kept | {"boxes": moved})
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    keep = batched_nms(joined["boxes"], joined["scores"], joined["labels"], nms_iou)[:most]
    return {name: values[keep] for name, values in joined.items()} | {"size": size}


def _cut(ends: Tensor, places: list[int], start: int, window: int) -> Tensor:
    """Which boxes a window's inner edges cut along one side, though a neighbour sees as much.

    Args:
        ends: ``(N, 2)`` where boxes begin and end within the window.
        places: where the windows begin.
        start: where this one does, one of `places`.
        window: side of the windows.
    """
    number = places.index(start)
    cut = torch.zeros(len(ends), dtype=torch.bool, device=ends.device)
    if number > 0:  # what this window shares with the one before it
        shared = places[number - 1] + window - start
        cut |= (ends[:, 0] <= _TOUCHES) & (ends[:, 1] <= shared)
    if number + 1 < len(places):
        shared = start + window - places[number + 1]
        cut |= (ends[:, 1] >= window - _TOUCHES) & (ends[:, 0] >= window - shared)
    return cut
