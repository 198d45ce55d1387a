"""Several of LabelMe's shapes, polygons and pixels, as one mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cyclemlp.data.layouts.labelme_shapes import Outline
from cyclemlp.data.layouts.objects.polygons import decode_shape
from cyclemlp.data.run_lengths import run_lengths


def joined(outlines: Sequence[Outline], size: tuple[int, int]) -> dict[str, Any]:
    """Return several shapes as one mask, in COCO's run lengths.

    Args:
        outlines: polygons, and pixels.
        size: (width, height) of the image.
    """
    width, height = size
    left = max(0, int(min(one.box[0] for one in outlines)))
    right = min(width, int(np.ceil(max(one.box[2] for one in outlines))))
    strip = np.zeros((height, max(0, right - left)), bool)  # the columns that they cover
    for one in outlines:
        _draw(one, left, strip)
    runs = [left * height, *run_lengths(strip).tolist()]
    runs[:2] = [sum(runs[:2])]
    after = (width - left - strip.shape[1]) * height
    runs += [after] if len(runs) % 2 == 0 else [0, after]
    return {"size": [height, width], "counts": runs}


def _draw(one: Outline, left: int, strip: np.ndarray) -> None:
    height, width = strip.shape
    if one.bitmap is None:
        polygon = (one.points - (left, 0)).ravel().tolist()
        strip |= decode_shape([polygon], width, height).astype(bool)
        return
    x, y = (int(value) for value in one.points.min(0) - (left, 0))
    place = strip[max(y, 0) : y + one.bitmap.shape[0], max(x, 0) : x + one.bitmap.shape[1]]
    inside = one.bitmap[max(-y, 0) :, max(-x, 0) :]
    place |= inside[: place.shape[0], : place.shape[1]]
