"""A picture, corrupted: always the same by a seed, a picture, a corruption and a severity."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np
from PIL import Image

from cyclemlp.data.corruptions import blur, digital, noise, spatter, weather
from cyclemlp.data.corruptions.names import CORRUPTIONS, SEVERITIES

_FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "gaussian_noise": noise.gaussian_noise,
    "shot_noise": noise.shot_noise,
    "impulse_noise": noise.impulse_noise,
    "defocus_blur": blur.defocus_blur,
    "glass_blur": blur.glass_blur,
    "motion_blur": blur.motion_blur,
    "zoom_blur": blur.zoom_blur,
    "snow": weather.snow,
    "frost": weather.frost,
    "fog": weather.fog,
    "brightness": weather.brightness,
    "contrast": digital.contrast,
    "elastic_transform": digital.elastic_transform,
    "pixelate": digital.pixelate,
    "jpeg_compression": digital.jpeg_compression,
    "speckle_noise": noise.speckle_noise,
    "gaussian_blur": blur.gaussian_blur,
    "spatter": spatter.spatter,
    "saturate": digital.saturate,
}


def corrupted(picture: Image.Image, name: str, severity: int, seed: int = 0) -> Image.Image:
    """Return a corrupted copy of an RGB picture, of the same size.

    The random draws depend on the seed, the picture's pixels and the corruption: not on the file's
    name or place, or on the pictures before it. All severities draw the same numbers, so that they
    differ by strength alone.

    Args:
        picture: an RGB picture of any size.
        name: one of `CORRUPTIONS`.
        severity: one of `SEVERITIES`.
        seed: at least 0.
    """
    pixels = np.asarray(picture)
    assert pixels.dtype == np.uint8, pixels.dtype
    assert pixels.shape[2:] == (3,), pixels.shape
    key = (seed, crc32(pixels.tobytes()), crc32(name.encode()))
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
    strengths = CORRUPTIONS[name].strengths[SEVERITIES.index(severity)]
    changed = _FUNCTIONS[name](pixels.astype(np.float32) / 255, random, *strengths)
    return Image.fromarray((255 * changed.clip(0, 1)).round().astype(np.uint8))
