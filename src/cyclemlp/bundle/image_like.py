"""The kinds of images that a predictor accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2.functional import to_pil_image

from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.picture import Picture, picture_of, read_picture, to_picture
from cyclemlp.data.images.values import to_float

ImageLike: TypeAlias = "str | Path | Image.Image | np.ndarray | Tensor"
"""A file, a PIL image, an ``(H, W, 3)`` or ``(H, W)`` uint8 array, or a ``(C, H, W)`` tensor of 1
or 3 channels that is uint8 or floating point in 0..1. For a network of other than 3 channels C, an
array ``(H, W, C)`` or a tensor ``(C, H, W)`` of any real values; 8 and 16 unsigned bits are scaled
to 0..1, as in files."""


def open_image(image: ImageLike, channels: int = RGB) -> Picture:
    """Convert an image to an RGB PIL image, or to values of another number of channels.

    Args:
        image: see `ImageLike`.
        channels: that the network takes.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: `image` is not an `ImageLike`, has another number of channels, or its file
            cannot be read.
    """
    if isinstance(image, Image.Image):
        return to_picture(image, channels)
    if isinstance(image, (str, Path)):
        return read_picture(image, channels)
    if not isinstance(image, (np.ndarray, Tensor)):
        raise ValueError(
            f"an image is a path, a PIL image, an array or a tensor; got {type(image).__name__}"
        )
    if channels != RGB:
        return _of_channels(image, channels)
    return _from_array(image) if isinstance(image, np.ndarray) else _from_tensor(image)


def _of_channels(image: np.ndarray | Tensor, channels: int) -> Picture:
    shape = tuple(image.shape)
    axis, layout = (0, "(C, H, W)") if isinstance(image, Tensor) else (-1, "(H, W, C)")
    if len(shape) != 3 or shape[axis] != channels:
        kind = "tensor" if isinstance(image, Tensor) else "array"
        raise ValueError(
            f"this network takes {channels} channels, and its {kind} images are {layout}; "
            f"got {shape}"
        )
    values = image if isinstance(image, np.ndarray) else image.cpu().movedim(0, -1).numpy()
    return picture_of(to_float(values))


def _from_array(array: np.ndarray) -> Image.Image:
    grey, colour = array.ndim == 2, array.ndim == 3 and array.shape[2] == 3
    if array.dtype != np.uint8 or not (grey or colour):
        raise ValueError(
            f"an array image is uint8 of shape (H, W, 3) or (H, W); got {array.dtype} "
            f"{array.shape}; convert it, or give a (C, H, W) tensor"
        )
    return Image.fromarray(array).convert("RGB")


def _from_tensor(tensor: Tensor) -> Image.Image:
    if tensor.ndim != 3 or tensor.shape[0] not in (1, 3):
        raise ValueError(
            f"a tensor image is (C, H, W) with 1 or 3 channels; got {tuple(tensor.shape)}"
        )
    return to_pil_image(_as_bytes(tensor).cpu()).convert("RGB")


def _as_bytes(tensor: Tensor) -> Tensor:
    """Convert pixels to uint8."""
    if tensor.dtype == torch.uint8:
        return tensor
    if not tensor.is_floating_point() or tensor.min() < 0 or tensor.max() > 1:
        raise ValueError(
            f"a tensor image is uint8, or floating point in 0..1; got {tensor.dtype} in "
            f"{tensor.min().item():g}..{tensor.max().item():g}; undo any normalisation first"
        )
    return (tensor.float() * 255).round().to(torch.uint8)
