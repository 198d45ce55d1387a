"""Segmentation of large images by overlapping windows, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from cyclemlp.tasks.common.windows import WINDOWS_PER_PASS, starts

Logits = Callable[[Tensor], Tensor]
"""From images ``(B, 3, h, w)`` to logits ``(B, classes, h, w)``."""


def window_labels(logits_of: Logits, image: Tensor, window: int, overlap: float) -> Tensor:
    """Return the most probable class of each pixel, from the blended logits of all windows.

    The weight of a window falls from its centre to its edges, which avoids seams. Memory holds the
    logits of one row of windows: ``classes × window × W`` values.

    Args:
        logits_of: the network.
        image: ``(3, H, W)``.
        window: side in pixels.
        overlap: see `starts`.

    Returns:
        ``(H, W)`` int32 class indices.
    """
    height, width = image.shape[1:]
    tops = starts(height, window, overlap)
    rows: list[Tensor] = []
    band: Tensor | None = None
    for top, below in zip(tops, [*tops[1:], height], strict=True):
        strip = image[:, top : top + window]
        blended = _blend_row(logits_of, strip, window, starts(width, window, overlap))
        if band is not None:  # logits of the previous row of windows where both rows overlap
            blended[:, : band.shape[1]] += band
        done = below - top
        rows.append(blended[:, :done].argmax(0).int())
        band = blended[:, done:].clone()
    return torch.cat(rows)


def _blend_row(logits_of: Logits, strip: Tensor, window: int, lefts: list[int]) -> Tensor:
    """Return the sum of the weighted logits of the windows in a strip ``(3, h, W)``."""
    height, width = strip.shape[1:]
    blended: Tensor | None = None
    for first in range(0, len(lefts), WINDOWS_PER_PASS):
        chosen = lefts[first : first + WINDOWS_PER_PASS]
        crops = torch.stack([strip[..., left : left + window] for left in chosen])
        logits = logits_of(crops).float()
        weight = _tent(height, logits)[:, None] * _tent(crops.shape[-1], logits)
        if blended is None:
            blended = logits.new_zeros(logits.shape[1], height, width)
        for left, one in zip(chosen, logits, strict=True):
            blended[..., left : left + window] += one * weight
    assert blended is not None
    return blended


def _tent(length: int, like: Tensor) -> Tensor:
    """Return weights ``(length,)`` that rise linearly from the edges to the middle, all above 0."""
    distance = torch.arange(length, device=like.device, dtype=torch.float32) + 1
    return torch.minimum(distance, distance.flip(0)) / length
