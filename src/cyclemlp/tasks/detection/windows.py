"""Detection in large images by overlapping windows, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torchvision.ops import batched_nms

from cyclemlp.tasks.common.windows import WINDOWS_PER_PASS, starts
from cyclemlp.tasks.detection.found import Found

_TOUCHES = 1.0  # pixels from an edge at which a box counts as cut by it


def window_objects(
    network: nn.Module, image: Tensor, window: int, overlap: float, nms_iou: float, most: int
) -> Found:
    """Return the objects of an image, found window by window.

    A box cut by an inner edge of its window is dropped if the neighbouring window shows at least as
    much of it. Duplicates from several windows are removed by non-maximum suppression.

    Args:
        network: a `Detector`.
        image: ``(3, H, W)``.
        window: side in pixels.
        overlap: see `starts`.
        nms_iou: IoU threshold of the suppression.
        most: maximum number of objects.
    """
    size = torch.tensor(image.shape[-2:])
    tops, lefts = (starts(int(side), window, overlap) for side in size)
    parts: list[Found] = []
    for found, (top, left) in _window_outputs(network, image, window, tops, lefts):
        whole = ~_cut(found["boxes"][:, 1::2], tops, top, window)
        whole &= ~_cut(found["boxes"][:, 0::2], lefts, left, window)
        kept = {name: values[whole] for name, values in found.items()}
        moved = kept["boxes"] + kept["boxes"].new_tensor([left, top, left, top])
        parts.append(kept | {"boxes": moved})
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    keep = batched_nms(joined["boxes"], joined["scores"], joined["labels"], nms_iou)[:most]
    return {name: values[keep] for name, values in joined.items()} | {"size": size}


def _window_outputs(
    network: nn.Module, image: Tensor, window: int, tops: list[int], lefts: list[int]
) -> Iterator[tuple[Found, tuple[int, int]]]:
    """Yield the objects of each window, in its pixels, and the window's (top, left)."""
    places = [(top, left) for top in tops for left in lefts]
    for first in range(0, len(places), WINDOWS_PER_PASS):
        chosen = places[first : first + WINDOWS_PER_PASS]
        crops = [image[:, top : top + window, left : left + window] for top, left in chosen]
        yield from zip(network(torch.stack(crops)), chosen, strict=True)


def _cut(ends: Tensor, places: list[int], start: int, window: int) -> Tensor:
    """Return which boxes are cut along one axis while a neighbouring window sees at least as much.

    Args:
        ends: ``(N, 2)`` start and end of each box within the window.
        places: starts of all windows.
        start: of this window, one of `places`.
        window: side of the windows.
    """
    number = places.index(start)
    cut = torch.zeros(len(ends), dtype=torch.bool, device=ends.device)
    if number > 0:
        shared = places[number - 1] + window - start
        cut |= (ends[:, 0] <= _TOUCHES) & (ends[:, 1] <= shared)
    if number + 1 < len(places):
        shared = start + window - places[number + 1]
        cut |= (ends[:, 1] >= window - _TOUCHES) & (ends[:, 0] >= window - shared)
    return cut
