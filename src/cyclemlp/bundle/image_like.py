"""The kinds of images that a predictor accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2.functional import to_pil_image

from cyclemlp.data.images.reading import read_image
from cyclemlp.data.images.rgb import to_rgb

ImageLike: TypeAlias = "str | Path | Image.Image | np.ndarray | Tensor"
"""A file, a PIL image, an ``(H, W, 3)`` or ``(H, W)`` uint8 array, or a ``(C, H, W)`` tensor of 1
or 3 channels that is uint8 or floating point in 0..1."""


def open_image(image: ImageLike) -> Image.Image:
    """Convert an image to an RGB PIL image.

    Args:
        image: see `ImageLike`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: `image` is not an `ImageLike`, or its file cannot be read.
    """
    if isinstance(image, Image.Image):
        return to_rgb(image)
    if isinstance(image, (str, Path)):
        return read_image(image)
    if isinstance(image, np.ndarray):
        return _from_array(image)
    if isinstance(image, Tensor):
        return _from_tensor(image)
    raise ValueError(
        f"an image is a path, a PIL image, an array or a tensor; got {type(image).__name__}"
    )


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
