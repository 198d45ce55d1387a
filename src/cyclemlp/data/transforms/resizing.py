"""From an image to a network's input in evaluation, with Pillow and NumPy alone.

The pipelines of evaluation resize with these functions, and so does prediction without torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from cyclemlp.data.transforms.preprocessing import Preprocessing

# Of a resized image before its crop: 20,000 × 1 would become 5,120,000 × 256.
_MOST_PIXELS = 1 << 24


def center_crop(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Resize and crop an image of classification to the preprocessing's size, as timm does."""
    height, width = preprocessing.image_size
    size = size_before_crop((image.height, image.width), preprocessing)
    left, top = round((size[1] - width) / 2), round((size[0] - height) / 2)
    corners = (left, top, left + width, top + height)
    if size[0] * size[1] > _MOST_PIXELS:
        return _resized_part(image, size, corners, preprocessing)
    return _resized(image, size, preprocessing).crop(corners)


def _resized_part(
    image: Image.Image,
    size: tuple[int, int],
    corners: tuple[int, int, int, int],
    preprocessing: Preprocessing,
) -> Image.Image:
    """Return the part of a resized image, without the memory of the whole.

    A value may differ by one from that of the crop of the whole, whose filter is rounded elsewhere.

    Args:
        image: to resize.
        size: (height, width) of the whole.
        corners: left, top, right and bottom in the whole.
        preprocessing: has the filter.
    """
    left, top, right, bottom = corners
    across, down = image.width / size[1], image.height / size[0]
    box = (
        left * across,
        top * down,
        min(right * across, image.width),
        min(bottom * down, image.height),
    )
    return image.resize((right - left, bottom - top), _filter(preprocessing), box)


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
    return image.resize((size[1], size[0]), _filter(preprocessing))


def _filter(preprocessing: Preprocessing) -> Image.Resampling:
    return Image.Resampling[preprocessing.interpolation.upper()]
