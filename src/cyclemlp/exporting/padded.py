"""What the exported graphs of all detectors share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from cyclemlp.runtime.decoding.anchors import COARSEST


def pad(images: Tensor) -> Tensor:
    """Pad images at the right and bottom to a multiple of 32, as `Detector` does."""
    height, width = images.shape[-2:]
    return F.pad(images, (0, -width % COARSEST, 0, -height % COARSEST))


def per_anchor(outputs: Tensor, values: int) -> Tensor:
    """Return a head's outputs ``(B, A · values, h, w)`` as ``(B, h · w · A, values)``."""
    # Without the copy, reshape would bind a trace to maps of more than one cell.
    rows = outputs.flatten(2).transpose(1, 2).clone(memory_format=torch.contiguous_format)
    return rows.reshape(rows.shape[0], -1, values)


def cells(generator: Any) -> list[list[list[float]]]:
    """Return the anchors of each level around the origin, from torchvision's generator."""
    return [cell.tolist() for cell in generator.cell_anchors]
