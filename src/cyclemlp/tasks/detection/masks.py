"""Masks of objects, each stored as a small part of the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cyclemlp.data.run_lengths import compressed, run_lengths
from cyclemlp.tasks.common.bilinear import bilinear

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
        """
        return {"size": list(size), "counts": compressed(run_lengths(self.on(size)))}


def pasted(probabilities: np.ndarray, box: np.ndarray, size: tuple[int, int]) -> Patch:
    """Resize a mask of Mask R-CNN to the pixels of the image.

    The result equals torchvision's ``paste_masks_in_image``, in the memory of the box instead of
    the whole image.

    Args:
        probabilities: ``(h, w)`` over the box.
        box: ``(4,)`` left, top, right, bottom in pixels of the image.
        size: (height, width) of the image.
    """
    padded = np.pad(probabilities, 1)  # one cell on each side; the box grows in proportion
    growth = padded.shape[1] / probabilities.shape[1]
    left, right = _grown(box[0], box[2], growth)
    top, bottom = _grown(box[1], box[3], growth)
    whole = bilinear(padded, (max(1, bottom - top), max(1, right - left)))
    y, x = max(0, top), max(0, left)
    inside = whole[y - top : max(0, size[0] - top), x - left : max(0, size[1] - left)]
    return Patch.of(inside > _THRESHOLD, x, y)


def _grown(low: float, high: float, factor: float) -> tuple[int, int]:
    """Return the first pixel of an extended interval, and the pixel after its last one."""
    half, middle = (high - low) * 0.5 * factor, (high + low) * 0.5
    return int(middle - half), int(middle + half) + 1  # truncated, as torchvision does
