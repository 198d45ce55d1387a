"""The most probable class of each pixel, at any size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_CLASSES_AT_ONCE = 16  # bounds the memory of logits interpolated to the size of a large image


def labels_at(output: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the most probable classes ``(H, W)`` at a given size, as int32.

    Args:
        output: logits ``(classes, h, w)``, which are interpolated, or classes ``(h, w)``, of which
            the nearest is taken.
        size: (H, W) in pixels.
    """
    return _nearest(output, size) if output.ndim == 2 else _interpolated(output, size)


def _nearest(labels: Tensor, size: tuple[int, int]) -> Tensor:
    if labels.shape == size:
        return labels
    return F.interpolate(labels[None, None].float(), size, mode="nearest-exact")[0, 0].int()


def _interpolated(logits: Tensor, size: tuple[int, int]) -> Tensor:
    best = logits.new_full(size, -torch.inf)
    labels = torch.zeros(size, dtype=torch.int32, device=logits.device)
    for first in range(0, len(logits), _CLASSES_AT_ONCE):
        part = logits[None, first : first + _CLASSES_AT_ONCE]
        value, index = F.interpolate(part, size, mode="bilinear")[0].max(0)
        better = value > best
        best = torch.where(better, value, best)
        labels = torch.where(better, index.int() + first, labels)
    return labels
