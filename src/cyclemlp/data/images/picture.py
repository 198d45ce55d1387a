"""An image as a network takes it: RGB, or float32 values of another number of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

from cyclemlp.data.images.bands import picture_bands, read_bands
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.opening import MAX_PIXELS, ImageError, ImageSource, Unusable
from cyclemlp.data.images.reading import named_faults, read_image
from cyclemlp.data.images.rgb import upright_rgb

if TYPE_CHECKING:  # folders are recognized before torch is imported
    from torchvision import tv_tensors

Picture: TypeAlias = "Image.Image | tv_tensors.Image"
"""An upright 8-bit RGB image, or values ``(C, H, W)`` float32; see `read_bands`."""


def read_picture(source: ImageSource, channels: int, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read an image for a network.

    Args:
        source: a path, or an open binary file.
        channels: that the network takes; for 3, see `read_image`, else `read_bands`.
        max_pixels: larger images are refused before they are decoded.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used; the message has its name and the reason.
    """
    if channels == RGB:
        return read_image(source, max_pixels)
    with named_faults(source):
        return picture_of(read_bands(source, channels, max_pixels))


def to_picture(image: Image.Image, channels: int) -> Picture:
    """Convert an image in memory by the rules of `read_picture`.

    Raises:
        ImageError: it has another number of channels, or no defined 8-bit colors.
    """
    try:
        if channels == RGB:
            return upright_rgb(image)
        return picture_of(picture_bands(image, channels))
    except Unusable as fault:
        raise ImageError(str(fault)) from fault.__cause__


def picture_of(values: np.ndarray) -> tv_tensors.Image:
    """Return values ``(H, W, C)`` float32 as an image of torchvision, ``(C, H, W)``."""
    import torch
    from torchvision import tv_tensors

    return tv_tensors.Image(torch.from_numpy(np.ascontiguousarray(np.moveaxis(values, -1, 0))))


def size_of(picture: Picture) -> tuple[int, int]:
    """Return (height, width) in pixels."""
    if isinstance(picture, Image.Image):
        return picture.height, picture.width
    height, width = picture.shape[-2:]
    return height, width
