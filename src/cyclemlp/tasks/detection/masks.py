"""Masks of objects, each stored as a small part of the image."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from torch import Tensor
from torchvision.models.detection.roi_heads import paste_masks_in_image

from cyclemlp.tasks.common.extras import needs

_THRESHOLD = 0.5  # of the probability that a pixel belongs to the object


@dataclass(frozen=True, eq=False)
class Patch:
    """The bounding rectangle of a mask within an image.

    Attributes:
        left: column of the image at which the patch starts.
        top: row of the image at which the patch starts.
        pixels: ``(h, w)`` bool; the mask is False outside of the patch.
    """

    left: int
    top: int
    pixels: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray, left: int = 0, top: int = 0) -> Patch:
        """Crop a mask ``(H, W)`` that starts at column `left` and row `top` of the image."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            return cls(left, top, np.zeros((0, 0), bool))
        first, start = int(rows[0]), int(columns[0])
        pixels = mask[first : rows[-1] + 1, start : columns[-1] + 1].astype(bool)
        return cls(left + start, top + first, pixels)

    @property
    def area(self) -> int:
        """Number of pixels in the mask."""
        return int(self.pixels.sum())

    def on(self, size: tuple[int, int]) -> np.ndarray:
        """Return the mask ``(H, W)`` of the whole image of this size, bool."""
        whole = np.zeros(size, bool, order="F")
        height, width = self.pixels.shape
        whole[self.top : self.top + height, self.left : self.left + width] = self.pixels
        return whole

    def run_lengths(self, size: tuple[int, int]) -> dict[str, Any]:
        """Return COCO's compressed RLE ``{"size": [H, W], "counts": "…"}``.

        Args:
            size: (height, width) of the image.

        Raises:
            ModuleNotFoundError: faster-coco-eval is not installed.
        """
        with needs("faster_coco_eval"):
            from faster_coco_eval import mask
        coded = mask.encode(np.asfortranarray(self.on(size), dtype=np.uint8))
        return {"size": list(size), "counts": coded["counts"].decode("ascii")}


def pasted(probabilities: Tensor, box: Tensor, size: tuple[int, int]) -> Patch:
    """Resize a mask of Mask R-CNN to the pixels of the image.

    The result equals torchvision's ``paste_masks_in_image``, in the memory of the box instead of
    the whole image.

    Args:
        probabilities: ``(1, h, w)`` over the box.
        box: ``(4,)`` left, top, right, bottom in pixels of the image.
        size: (height, width) of the image.
    """
    left, top, right, bottom = box.tolist()
    # torchvision extends the box by one cell of the mask on each side.
    beyond_x = (right - left) / probabilities.shape[-1] + 2
    beyond_y = (bottom - top) / probabilities.shape[-2] + 2
    x, y = max(0, floor(left - beyond_x)), max(0, floor(top - beyond_y))
    height = min(size[0], ceil(bottom + beyond_y)) - y
    width = min(size[1], ceil(right + beyond_x)) - x
    local = box - box.new_tensor([x, y, x, y])
    whole = paste_masks_in_image(probabilities[None].float(), local[None], (height, width))[0, 0]
    return Patch.of((whole > _THRESHOLD).cpu().numpy(), x, y)
