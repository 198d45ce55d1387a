"""Mean and standard deviation of each channel, measured on a part of a data set."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from cyclemlp.data.split import Split

MEASURED_IMAGES = 256
"""Number of images that are measured."""

_LEAST_STD = 1e-6  # of a channel that is the same everywhere


class Statistics(NamedTuple):
    """Mean and standard deviation of each channel over all pixels of `images` images."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    images: int


def measured_statistics(split: Split, limit: int = MEASURED_IMAGES) -> Statistics:
    """Measure images that are evenly spaced in a split, the same ones each time.

    Images that cannot be read are left out.

    Args:
        split: its images have other than three channels: values, not bytes.
        limit: maximum number of images.

    Raises:
        ValueError: none of the images can be read.
    """
    count = min(limit, len(split))
    sums, fault = [], None
    for number in range(count):
        try:
            picture = split[number * len(split) // count].image
        except (ValueError, OSError) as error:
            fault = error
            continue
        assert isinstance(picture, Tensor)
        sums.append(_sums(picture))
    if not sums:
        raise ValueError(f"no image can be read: {fault}") from fault
    pixels, total, squares = torch.stack(sums).sum(0)
    mean = total / pixels
    std = (squares / pixels - mean**2).clamp_min(0).sqrt().clamp_min(_LEAST_STD)
    return Statistics(tuple(mean.tolist()), tuple(std.tolist()), len(sums))


def _sums(picture: Tensor) -> Tensor:
    """Return number of pixels, sum, and sum of squares of each channel, ``(3, C)`` float64."""
    values = picture.as_subclass(Tensor).flatten(1).double()
    pixels = torch.full((len(values),), values.shape[1], dtype=torch.float64)
    return torch.stack([pixels, values.sum(1), (values**2).sum(1)])
