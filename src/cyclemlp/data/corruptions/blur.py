"""Blur; see `noise.py` for what the functions take and return."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image

from cyclemlp.data.corruptions.motion import moved
from cyclemlp.data.corruptions.scale import filtered, fitted, reference_shape, scale_of, smoothed

_FINE = 5  # points along a pixel's side, to smooth the edge of a disk
_ANGLES = (-45, 45)  # degrees


def gaussian_blur(picture: np.ndarray, random: Generator, sigma: float) -> np.ndarray:
    """Blur with a Gaussian."""
    return smoothed(picture, sigma * scale_of(picture))


def defocus_blur(picture: np.ndarray, random: Generator, radius: float, edge: float) -> np.ndarray:
    """Blur with a disk, as an open lens does; its edge is smoothed."""
    scale = scale_of(picture)
    return filtered(picture, _disk(radius * scale, edge * scale))


def glass_blur(
    picture: np.ndarray, random: Generator, sigma: float, move: float, rounds: float
) -> np.ndarray:
    """Exchange near pixels in a fixed order, between two Gaussian blurs.

    A picture smaller than 224 is enlarged for it: the moves are shorter than its pixels.
    """
    large = picture if scale_of(picture) >= 1 else fitted(picture, reference_shape(picture))
    scale = scale_of(large)
    before = smoothed(large, sigma * scale)
    source = np.arange(large.shape[0] * large.shape[1]).tolist()
    for _ in range(int(rounds)):
        _exchange(source, large.shape[:2], move * scale, random)
    shuffled = before.reshape(-1, 3)[source].reshape(large.shape)
    return fitted(smoothed(shuffled, sigma * scale), picture.shape)


def motion_blur(picture: np.ndarray, random: Generator, radius: float, sigma: float) -> np.ndarray:
    """Move the picture along a line, with decaying weight."""
    scale = scale_of(picture)
    return moved(picture, radius * scale, sigma * scale, random.uniform(*_ANGLES))


def zoom_blur(picture: np.ndarray, random: Generator, largest: float, step: float) -> np.ndarray:
    """Return the mean of the picture and its enlargements."""
    zooms = np.arange(1, largest + step / 2, step)
    total = picture + sum(_enlarged(picture, zoom) for zoom in zooms)
    return total / (len(zooms) + 1)


def _disk(radius: float, edge: float) -> np.ndarray:
    reach = int(np.ceil(radius + 2 * edge))
    count = 2 * reach + 1
    points = (np.arange(count * _FINE) + 0.5) / _FINE - count / 2
    inside = (points[:, None] ** 2 + points**2 <= max(radius, 0.5) ** 2).astype(float)
    disk = smoothed(inside, edge * _FINE).reshape(count, _FINE, count, _FINE).mean((1, 3))
    return disk / disk.sum()


def _exchange(source: list[int], shape: tuple[int, int], move: float, random: Generator) -> None:
    """Exchange each entry of a flat ``(H, W)`` list, from the last to the first, with a near one.

    Both moves of an entry are drawn from -move..move-1. A move between two whole numbers is the
    larger one, made by as few entries.
    """
    height, width = shape
    whole = max(1, int(np.ceil(move)))
    rows = np.arange(height - whole - 1, whole - 1, -1)[:, None]
    columns = np.arange(width - whole - 1, whole - 1, -1)
    down, across = random.integers(-whole, whole, (2, rows.size, columns.size))
    moving = random.random(down.shape) < move / whole
    here = (rows * width + columns)[moving].tolist()
    there = ((rows + down) * width + columns + across)[moving].tolist()
    for one, other in zip(here, there, strict=True):  # in turn: an entry can move on and on
        source[one], source[other] = source[other], source[one]


def _enlarged(picture: np.ndarray, zoom: float) -> np.ndarray:
    """Return the picture's middle, enlarged to the picture's size."""
    height, width = picture.shape[:2]
    margin = (1 - 1 / zoom) / 2
    box = (width * margin, height * margin, width * (1 - margin), height * (1 - margin))
    parts = [
        Image.fromarray(part).resize((width, height), Image.Resampling.BILINEAR, box=box)
        for part in np.moveaxis(picture, 2, 0)
    ]
    return np.stack([np.asarray(part) for part in parts], 2)
