"""Images of any number of channels as RGB images for people."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cyclemlp.data.images.arrays import open_array
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.opening import MAX_PIXELS, ImageSource, Unusable, decode, opened
from cyclemlp.data.images.picture import Picture
from cyclemlp.data.images.reading import named_faults
from cyclemlp.data.images.rgb import upright, upright_rgb

_STRETCH = (2, 98)  # percentiles


def read_preview(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read any image that a network takes as an upright RGB image for people.

    Raises:
        FileNotFoundError: the file does not exist.
        ImageError: the file cannot be used.
    """
    with named_faults(source):
        array = open_array(source, max_pixels)
        if array is not None:
            return _shown(array.values(array.channels))
        with opened(source, max_pixels) as image:
            decode(image)
            try:
                return upright_rgb(image)
            except Unusable:
                return _shown(np.asarray(upright(image))[..., None])


def preview(picture: Picture) -> Image.Image:
    """Return an image of `read_picture` as an RGB image for people."""
    if isinstance(picture, Image.Image):
        return picture
    return _shown(np.moveaxis(picture.numpy(), 0, -1))


def _shown(values: np.ndarray) -> Image.Image:
    """Return the first three channels, or the first of fewer; 98 of 100 values span 0..255.

    Args:
        values: ``(H, W, C)``.
    """
    chosen = values[..., :RGB] if values.shape[2] >= RGB else values[..., :1]
    if values.dtype != np.uint8:
        low, high = np.percentile(chosen, _STRETCH)
        chosen = np.clip((chosen - low) / max(high - low, 1e-12), 0, 1) * 255
    return Image.fromarray(np.repeat(chosen.astype(np.uint8), RGB // chosen.shape[2], axis=2))
