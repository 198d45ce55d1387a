"""NPY files, NumPy's format of one array."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from cyclemlp.data.images.opening import ImageSource, Unusable
from cyclemlp.data.images.stored_array import StoredArray


def open_npy(source: ImageSource) -> StoredArray:
    """Open an array (H, W), (H, W, C) or (C, H, W); of a file, only the header is read.

    Of the first and the last axis, the shorter one is the channels; the last one if they are equal.

    Raises:
        Unusable: the file is damaged, or its array is not an image.
    """
    try:
        if isinstance(source, (str, Path)):
            values = np.load(source, mmap_mode="r", allow_pickle=False)
        else:
            source.seek(0)
            values = np.load(source, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        if "Object arrays" in str(error):
            raise Unusable("an array of Python objects; save numbers") from error
        raise Unusable("truncated: the file ends before the array's last value") from error
    if values.ndim not in (2, 3) or 0 in values.shape:
        raise Unusable(f"an array of shape {values.shape}; an image is (H, W) or (H, W, C)")
    channels_first = values.ndim == 3 and values.shape[0] < values.shape[2]
    return StoredArray(values.shape, channels_first, partial(np.array, values))
