"""Masks of objects, each kept as the small part of the picture that it lies in."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from torch import Tensor
from torchvision.models.detection.roi_heads import paste_masks_in_image

from cyclemlp.tasks.common.backbones import needs

_INSIDE = 0.5  # probability from which a pixel is the object's


@dataclass(frozen=True, eq=False)
class Patch:
    """A mask within a picture.

    Attributes:
        left: of its first column in the picture.
        top: of its first row in the picture.
        pixels: ``(h, w)`` bool, True inside; outside of it nothing is.
    """

    left: int
    top: int
    pixels: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray, left: int = 0, top: int = 0) -> Patch:
        """Of a mask ``(H, W)`` that begins at `left` and `top`, cut to what is inside."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            return cls(left, top, np.zeros((0, 0), bool))
        first, start = int(rows[0]), int(columns[0])
        pixels = mask[first : rows[-1] + 1, start : columns[-1] + 1].astype(bool)
        return cls(left + start, top + first, pixels)

    @property
    def area(self) -> int:
        """Pixels inside."""
        return int(self.pixels.sum())

    def on(self, size: tuple[int, int]) -> np.ndarray:
        """The mask of the whole picture of that (height, width), bool."""
        whole = np.zeros(size, bool, order="F")
        height, width = self.pixels.shape
        whole[self.top : self.top + height, self.left : self.left + width] = self.pixels
        return whole

    def run_lengths(self, size: tuple[int, int]) -> dict[str, Any]:
        """COCO's compressed run lengths ``{"size": [H, W], "counts": "…"}`` in such a picture.

        Raises:
            ModuleNotFoundError: faster-coco-eval is missing.
        """
        with needs("faster_coco_eval"):
            from faster_coco_eval import mask
        coded = mask.encode(np.asfortranarray(self.on(size), dtype=np.uint8))
        return {"size": list(size), "counts": coded["counts"].decode("ascii")}


def pasted(probabilities: Tensor, box: Tensor, size: tuple[int, int]) -> Patch:
    """A mask as Mask R-CNN gives it, brought to the picture's pixels.

    What torchvision's ``paste_masks_in_image`` gives, in the memory of the box instead of the
    picture's.

    Args:
        probabilities: ``(1, h, w)`` over the box.
        box: ``(4,)`` left, top, right, bottom in the picture.
        size: the picture's (height, width).
    """
    left, top, right, bottom = box.tolist()
    # torchvision widens the box by a cell of the mask all round
    beyond_x = (right - left) / probabilities.shape[-1] + 2
    beyond_y = (bottom - top) / probabilities.shape[-2] + 2
    x, y = max(0, floor(left - beyond_x)), max(0, floor(top - beyond_y))
    height = min(size[0], ceil(bottom + beyond_y)) - y
    width = min(size[1], ceil(right + beyond_x)) - x
    local = box - box.new_tensor([x, y, x, y])
    whole = paste_masks_in_image(probabilities[None].float(), local[None], (height, width))[0, 0]
    return Patch.of((whole > _INSIDE).cpu().numpy(), x, y)
