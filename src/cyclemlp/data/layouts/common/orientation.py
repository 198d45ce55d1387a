"""EXIF orientation of annotations: masks and boxes of the stored pixels become upright.

Annotations usually belong to the image as a viewer shows it. Annotations of the stored pixels are
recognized by their size, which has width and height exchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cyclemlp.data.images.header import Header

if TYPE_CHECKING:
    from torch import Tensor

# EXIF orientations 5 to 8 exchange rows and columns; some of them mirror the result.
_MIRRORED_X = (6, 7)
_MIRRORED_Y = (7, 8)


def aligned(mask: np.ndarray, header: Header) -> np.ndarray | None:
    """Align masks with the upright image.

    A mask of the upright image's size is returned unchanged, even if the stored pixels have
    the same size. A mask of the stored pixels' size is turned as the image is.

    Args:
        mask: ``(H, W)`` or ``(N, H, W)``.
        header: the image's header.

    Returns:
        The mask with the upright image's size, or None if it has another size.
    """
    height, width = mask.shape[-2:]
    if (width, height) == header.size:
        return mask
    if (width, height) == (header.width, header.height):
        return _turned(mask, header.orientation)
    return None


def _turned(mask: np.ndarray, orientation: int) -> np.ndarray:
    mask = np.swapaxes(mask, -1, -2)
    if orientation in _MIRRORED_X:
        mask = mask[..., ::-1]
    if orientation in _MIRRORED_Y:
        mask = mask[..., ::-1, :]
    return np.ascontiguousarray(mask)


def aligned_boxes(boxes: Tensor, size: tuple[int, int], header: Header) -> Tensor:
    """Align bounding boxes with the upright image, as `aligned` aligns masks.

    Args:
        boxes: ``(N, 4)``, left, top, right, bottom in pixels.
        size: (width, height) of the image that the boxes belong to, upright or stored.
        header: the image's header.
    """
    if size == header.size:
        return boxes
    width, height = header.size
    top, left, bottom, right = boxes.unbind(1)
    if header.orientation in _MIRRORED_X:
        left, right = width - right, width - left
    if header.orientation in _MIRRORED_Y:
        top, bottom = height - bottom, height - top
    import torch

    return torch.stack([left, top, right, bottom], 1)
