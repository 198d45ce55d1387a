"""Digital changes; see `noise.py` for what the functions take and return."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy import ndimage

from cyclemlp.data.corruptions.colors import hue_saturation_value, to_rgb
from cyclemlp.data.corruptions.scale import fitted, reference_shape, scale_of, smoothed

_SIDE = 244  # ImageNet-C multiplies lengths of the elastic transform by it, for a side of 224


def contrast(picture: np.ndarray, random: Generator, kept: float) -> np.ndarray:
    """Bring every value nearer to the mean of its channel."""
    mean = picture.mean((0, 1))
    return mean + kept * (picture - mean)


def saturate(picture: np.ndarray, random: Generator, factor: float, added: float) -> np.ndarray:
    """Change the saturation of hue, saturation and value."""
    hue, saturation, value = hue_saturation_value(picture)
    return to_rgb(hue, (factor * saturation + added).clip(0, 1), value)


def pixelate(picture: np.ndarray, random: Generator, share: float) -> np.ndarray:
    """Reduce the number of pixels along each side, and repeat what is left."""
    image = _image(picture)
    small = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    reduced = image.resize(small, Image.Resampling.BOX)
    return np.asarray(reduced.resize(image.size, Image.Resampling.BOX)) / 255


def jpeg_compression(picture: np.ndarray, random: Generator, quality: float) -> np.ndarray:
    """Compress as JPEG."""
    file = BytesIO()
    _image(picture).save(file, "JPEG", quality=int(quality))
    with Image.open(file) as compressed:
        return np.asarray(compressed.convert("RGB")) / 255


def elastic_transform(
    picture: np.ndarray, random: Generator, amplitude: float, sigma: float, corners: float
) -> np.ndarray:
    """Move pixels: an affine map of three points, then a smooth random displacement."""
    scale, shape = scale_of(picture), reference_shape(picture)
    drawn = [smoothed(random.uniform(-1, 1, shape), sigma * _SIDE) for _ in range(2)]
    moves = [fitted(amplitude * _SIDE * scale * one, picture.shape) for one in drawn]
    grid = np.indices(picture.shape[:2], float) + np.stack(moves)
    matrix = _affine(picture.shape[:2], corners * _SIDE * scale, random)
    rows, columns = np.tensordot(matrix[:, :2], grid, 1) + matrix[:, 2, None, None]
    parts = [
        ndimage.map_coordinates(part, (rows, columns), order=1, mode="mirror")
        for part in np.moveaxis(picture, 2, 0)
    ]
    return np.stack(parts, 2)


def _affine(shape: tuple[int, int], move: float, random: Generator) -> np.ndarray:
    """Return the (2, 3) map, from new to old positions, of three points that move randomly."""
    middle, reach = np.array(shape) / 2, min(shape) / 3
    old = middle + reach * np.array([[1, 1], [1, -1], [-1, -1]])
    new = old + random.uniform(-move, move, old.shape)
    return np.linalg.lstsq(np.column_stack([new, np.ones(3)]), old, rcond=None)[0].T


def _image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray((255 * picture).round().astype(np.uint8))
