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
    """Resize and crop an image of classification to the preprocessing's size, as timm does.

    timm rounds square and other sizes differently, and published accuracies depend on it.
    """
    height, width = preprocessing.image_size
    wanted = [math.floor(side / preprocessing.crop_pct) for side in (height, width)]
    if height == width:
        short, long = wanted[0], int(wanted[0] * max(image.size) / min(image.size))
        size = (short, long) if image.width <= image.height else (long, short)
    else:
        ratio = min(image.height / wanted[0], image.width / wanted[1])
        size = (round(image.width / ratio), round(image.height / ratio))
    resized = _resized(image, size, preprocessing.interpolation)
    left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
    return resized.crop((left, top, left + width, top + height))


def fit_within(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Resize an image of a dense task into the preprocessing's short and long side."""
    factor = fit_factor((image.height, image.width), preprocessing.image_size)
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return _resized(image, size, preprocessing.interpolation)


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


def _resized(image: Image.Image, size: tuple[int, int], interpolation: str) -> Image.Image:
    return image.resize(size, Image.Resampling[interpolation.upper()])
