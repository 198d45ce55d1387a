"""Selection of boxes in operators that graphs have, as in torchvision's detectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchvision.ops import clip_boxes_to_image, nms

from cyclemlp.runtime.decoding.boxes import CANDIDATES

_ROW = 32  # labels side by side: coordinates stay small, and float32 exact to 0.01 pixels


class Candidates(NamedTuple):
    """Boxes before or after selection.

    Attributes:
        boxes: ``(N, 4)`` left, top, right, bottom in pixels.
        labels: ``(N,)`` from 0.
        scores: ``(N,)``.
    """

    boxes: Tensor
    labels: Tensor
    scores: Tensor

    def at(self, index: Tensor) -> Candidates:
        """Return the candidates at an index or a mask."""
        return Candidates(self.boxes[index], self.labels[index], self.scores[index])


def grid_anchors(generator: Any, maps: Sequence[Tensor], finest: int) -> list[Tensor]:
    """Return the anchors of each level.

    Args:
        generator: torchvision's anchor generator.
        maps: ``(1, C, h, w)`` of each level.
        finest: stride of the first level in pixels; it doubles from level to level.
    """
    return [
        _level_anchors(cell, one.shape[-2], one.shape[-1], finest * 2**level)
        for level, (cell, one) in enumerate(zip(generator.cell_anchors, maps, strict=True))
    ]


def _level_anchors(cell: Tensor, height: int, width: int, stride: int) -> Tensor:
    # Broadcasting of a row and a column would bind a trace to maps of more than one of each.
    ones = torch.ones(height, width)
    x, y = (ones.cumsum(1) - 1).flatten(), (ones.cumsum(0) - 1).flatten()
    place = torch.stack([x, y, x, y], 1) * stride
    return (place[:, None] + cell).reshape(-1, 4)


def best_of_level(logits: Tensor, deltas: Tensor, anchors: Tensor, coder: Any) -> Candidates:
    """Return the 1000 best candidates of one level.

    If there are fewer, candidates of score -1 are added, so that the number does not depend on the
    image's size; `select` drops them.

    Args:
        logits: ``(N, classes)`` of the anchors.
        deltas: ``(N, 4)``.
        anchors: ``(N, 4)``.
        coder: torchvision's, which applies deltas to anchors.
    """
    scores = logits.sigmoid().flatten()
    best, index = torch.cat([scores, scores.new_full((CANDIDATES,), -1)]).topk(CANDIDATES)
    place = (index // logits.shape[1]).clamp(max=anchors.shape[0] - 1)
    boxes = coder.decode_single(deltas[place], anchors[place])
    return Candidates(boxes, index % logits.shape[1], best)


def select(
    found: Candidates, kept: Tensor, size: Sequence[int], smallest: float, iou: float, most: int
) -> Candidates:
    """Clip boxes, drop some, and suppress those that overlap better ones of their label.

    Args:
        found: before selection.
        kept: mask ``(N,)`` of the candidates that may be kept.
        size: (height, width) of the image, in pixels.
        smallest: side in pixels, below which a box is dropped.
        iou: the lower score is dropped if two boxes overlap by more.
        most: largest number of boxes.

    Returns:
        The rest, best first.
    """
    boxes = clip_boxes_to_image(found.boxes, (size[0], size[1]))
    large = ((boxes[:, 2:] - boxes[:, :2]) >= smallest).all(1)
    found = Candidates(boxes, found.labels, found.scores).at((kept & large).nonzero()[:, 0])
    apart = _apart(found, size)
    return found.at(nms(apart, found.scores, iou)[:most])


def _apart(found: Candidates, size: Sequence[int]) -> Tensor:
    """Return boxes that overlap only within their label: each label has its own place."""
    right = (found.labels % _ROW) * (size[1] + 1)
    down = (found.labels // _ROW) * (size[0] + 1)
    return found.boxes + torch.stack([right, down, right, down], 1)
