"""Large images by overlapping windows, in the memory of one row of them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Logits = Callable[[Tensor], Tensor]
"""From images ``(B, 3, h, w)`` to logits ``(B, classes, h, w)``."""

_AT_ONCE = 4  # windows a forward pass


def starts(length: int, window: int, overlap: float) -> list[int]:
    """Where windows begin along a side: evenly spread, the last one ending with the side.

    Args:
        length: of the side, in pixels.
        window: side of a window; a shorter image has one window, at 0.
        overlap: least share of a window that the next one covers again, 0..1 exclusive.
    """
    room = length - window
    if room <= 0:
        return [0]
    step = max(1, int(window * (1 - overlap)))
    count = -(-room // step) + 1
    return [round(i * room / (count - 1)) for i in range(count)]


def window_labels(logits_of: Logits, image: Tensor, window: int, overlap: float) -> Tensor:
    """The most probable class of each pixel, with the windows' logits blended where they overlap.

    A window counts most at its centre and least at its edges, so that no seam shows. What is held
    besides the image is one row of windows: ``classes × window × W`` values.

    Args:
        logits_of: the network.
        image: ``(3, H, W)``.
        window: side in pixels.
        overlap: see `starts`.

    Returns:
        ``(H, W)`` int32 class numbers.
    """
    height, width = image.shape[1:]
    tops = starts(height, window, overlap)
    rows: list[Tensor] = []
    band: Tensor | None = None
    for top, below in zip(tops, [*tops[1:], height], strict=True):
        strip = image[:, top : top + window]
        blended = _blend_row(logits_of, strip, window, starts(width, window, overlap))
        if band is not None:  # what earlier windows said of the rows this one shares with them
            blended[:, : band.shape[1]] += band
        done = below - top
        rows.append(blended[:, :done].argmax(0).int())
        band = blended[:, done:].clone()
    return torch.cat(rows)


def _blend_row(logits_of: Logits, strip: Tensor, window: int, lefts: list[int]) -> Tensor:
    """Weighted logits of the windows side by side in a strip ``(3, h, W)``, summed."""
    height, width = strip.shape[1:]
    blended: Tensor | None = None
    for first in range(0, len(lefts), _AT_ONCE):
        chosen = lefts[first : first + _AT_ONCE]
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
    """Rising from the edges to the middle, above 0 everywhere."""
    distance = torch.arange(length, device=like.device, dtype=torch.float32) + 1
    return torch.minimum(distance, distance.flip(0)) / length
