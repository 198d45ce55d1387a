"""From an image to a network's input in evaluation, with Pillow and NumPy alone.

The pipelines of evaluation resize with these functions, and so does prediction without torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from cyclemlp.data.transforms.preprocessing import Preprocessing


def center_crop(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Resize and crop an image of classification to the preprocessing's size, as timm does."""
    height, width = preprocessing.image_size
    resized = _resized(
        image, size_before_crop((image.height, image.width), preprocessing), preprocessing
    )
    left, top = round((resized.width - width) / 2), round((resized.height - height) / 2)
    return resized.crop((left, top, left + width, top + height))


def size_before_crop(size: tuple[int, int], preprocessing: Preprocessing) -> tuple[int, int]:
    """Return the size (height, width) that an image is resized to before `center_crop` crops it.

    timm rounds square and other sizes differently, and published accuracies depend on it.

    Args:
        size: (height, width) of the image.
        preprocessing: its size and the fraction of the resized image that the crop keeps.
    """
    height, width = preprocessing.image_size
    wanted = [math.floor(side / preprocessing.crop_pct) for side in (height, width)]
    if height == width:
        short, long = wanted[0], int(wanted[0] * max(size) / min(size))
        return (long, short) if size[1] <= size[0] else (short, long)
    ratio = min(size[0] / wanted[0], size[1] / wanted[1])
    return round(size[0] / ratio), round(size[1] / ratio)


def fit_within(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Resize an image of a dense task into the preprocessing's short and long side."""
    return _resized(image, fitted_size((image.height, image.width), preprocessing), preprocessing)


def fitted_size(size: tuple[int, int], preprocessing: Preprocessing) -> tuple[int, int]:
    """Return the size (height, width) of an image in the preprocessing's short and long side."""
    factor = fit_factor(size, preprocessing.image_size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def fit_factor(size: Sequence[int], sides: Sequence[int]) -> float:
    """Return the factor by which a size fits into two lengths, the smaller one for the short side.

    Args:
        size: (height, width), in pixels.
        sides: two lengths, in pixels.
    """
    return min(min(sides) / min(size), max(sides) / max(size))


def normalized(image: Image.Image, preprocessing: Preprocessing) -> np.ndarray:
    """Return the normalized pixels of an RGB image, ``(3, H, W)`` float32."""
    pixels = np.asarray(image).astype(np.float32).transpose(2, 0, 1) * np.float32(1 / 255)
    mean, std = (
        np.array(values, np.float32)[:, None, None]
        for values in (preprocessing.mean, preprocessing.std)
    )
    return np.ascontiguousarray((pixels - mean) / std)


def _resized(
    image: Image.Image, size: tuple[int, int], preprocessing: Preprocessing
) -> Image.Image:
    filter_ = Image.Resampling[preprocessing.interpolation.upper()]
    return image.resize((size[1], size[0]), filter_)
