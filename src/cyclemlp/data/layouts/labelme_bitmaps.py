"""LabelMe's shapes of the kind ``mask``: pixels as a PNG file in base64, at the place of a box."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import numpy as np

from cyclemlp.data.images.opening import MAX_PIXELS, Unusable, decode, opened


def bitmap_of(where: str, shape: dict[str, Any]) -> np.ndarray:
    """Decode a shape's pixels, ``(H, W)`` bool.

    Args:
        where: the shape, for messages.
        shape: the entry of the file.

    Raises:
        ValueError: they are not such a file.
    """
    try:
        stream = io.BytesIO(base64.b64decode(shape.get("mask") or "", validate=True))
        with opened(stream, MAX_PIXELS, ("PNG",)) as image:
            decode(image)
            return np.asarray(image.convert("L")) > 0
    except (Unusable, binascii.Error, TypeError, ValueError) as error:
        raise ValueError(f"{where}: its mask is no PNG file in base64") from error
