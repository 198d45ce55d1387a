"""Photometric distortion: random changes of brightness, contrast, saturation and hue."""

from __future__ import annotations

import torch
from PIL import Image
from torchvision.transforms import v2

from cyclemlp.data.transforms.pipeline import OnImage

_BRIGHTNESS = 32  # of 255, added or subtracted at most


def photometric_distortion(p: float) -> list[v2.Transform]:
    """Return SSD's distortion (Liu et al., ECCV 2016) with mmsegmentation's strengths.

    torchvision's own transform also permutes the channels, which these recipes do not, and its
    brightness is a factor, which leaves dark pixels dark.

    Args:
        p: probability of each change.
    """
    changes = (
        OnImage(_brightened),
        v2.ColorJitter(contrast=0.5),
        v2.ColorJitter(saturation=0.5),
        v2.ColorJitter(hue=0.1),
    )
    return [v2.RandomApply([change], p) for change in changes] if p else []


def _brightened(image: Image.Image) -> Image.Image:
    """Add a random number to all values of an 8-bit image, clipped to 0..255."""
    change = _BRIGHTNESS * (2 * float(torch.rand(())) - 1)
    table = [min(max(round(value + change), 0), 255) for value in range(256)]
    return image.point(table * len(image.getbands()))
