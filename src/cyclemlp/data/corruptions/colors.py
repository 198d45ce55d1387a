"""Hue, saturation and value of pictures ``(H, W, 3)`` in 0..1."""

from __future__ import annotations

import numpy as np

_LUMA = np.array((0.299, 0.587, 0.114))


def gray(picture: np.ndarray) -> np.ndarray:
    """Return the brightness ``(H, W)`` of ITU-R BT.601."""
    return picture @ _LUMA


def hue_saturation_value(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hue as the pure colour ``(H, W, 3)``, saturation and value ``(H, W)``.

    The pure colour has 1 as its largest and 0 as its smallest value; gray has the hue of red.
    """
    value, least = picture.max(2), picture.min(2)
    span = value - least
    colored = span > 0
    pure = (picture - least[..., None]) / np.where(colored, span, 1)[..., None]
    pure = np.where(colored[..., None], pure, np.array((1.0, 0.0, 0.0)))
    saturation = np.where(colored, span / np.where(colored, value, 1), 0)
    return pure, saturation, value


def to_rgb(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the picture of what `hue_saturation_value` returned."""
    return value[..., None] * (1 - saturation[..., None] * (1 - hue))
