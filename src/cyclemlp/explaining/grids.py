"""From a layer's output, in any of timm's layouts, to a plane over the image."""

from __future__ import annotations

from math import log, sqrt

import torch.nn.functional as F
from torch import Tensor

Size = tuple[int, int]
"""Height and width."""


def summed(values: Tensor, image: Size, channels: int | None, prefix: int) -> Tensor | None:
    """Return values of one image, summed over the channels: ``(h, w)``.

    Args:
        values: ``(1, C, h, w)``, ``(1, h, w, C)``, or tokens ``(1, N, C)``.
        image: that the positions cover, in pixels.
        channels: C if it is known.
        prefix: number of tokens without a position, which may come first.

    Returns:
        The plane, or None if the values have no positions.
    """
    if values.ndim == 4:
        return values[0].sum(_channel_axis(values.shape[1:], image, channels))
    return _of_tokens(values[0].sum(-1), image, prefix) if values.ndim == 3 else None


def over_image(plane: Tensor, covered: Size, image: Size) -> Tensor:
    """Return a plane at the size of an image; `covered` may go beyond it at the right and bottom.

    Args:
        plane: ``(h, w)``.
        covered: what the plane covers, in pixels.
        image: the image, in pixels.
    """
    large = F.interpolate(plane[None, None], covered, mode="bilinear", align_corners=False)
    return large[0, 0, : image[0], : image[1]]


def _channel_axis(shape: tuple[int, ...], image: Size, channels: int | None) -> int:
    """Return 0 or 2: where the other two axes are those of the image."""
    possible = [axis for axis in (0, 2) if channels is None or shape[axis] == channels] or [0, 2]
    return min(possible, key=lambda axis: _distortion(shape[1:] if axis == 0 else shape[:2], image))


def _distortion(grid: tuple[int, ...], image: Size) -> float:
    return abs(log(grid[0] / grid[1] * image[1] / image[0]))


def _of_tokens(tokens: Tensor, image: Size, prefix: int) -> Tensor | None:
    for skipped in (0, prefix):
        count = len(tokens) - skipped
        height = max(1, round(sqrt(count * image[0] / image[1])))
        if count > 0 and count % height == 0:
            return tokens[skipped:].reshape(height, count // height)
    return None
