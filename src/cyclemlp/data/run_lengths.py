"""COCO's run lengths of masks: pixels are counted column by column, beginning with the outside."""

from __future__ import annotations

import numpy as np


def run_lengths(mask: np.ndarray) -> np.ndarray:
    """Return the run lengths of a mask ``(H, W)``, int64; the first run is outside the mask."""
    flat = np.concatenate([[False], mask.astype(bool).flatten(order="F")])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes, [mask.size]]))


def compressed(lengths: np.ndarray) -> str:
    """Return run lengths as COCO's text, which pycocotools calls compressed RLE.

    From the fourth run on, the difference to the run before the previous one is stored. A number
    takes one character per five bits, lowest first: its code is 48 plus the bits, plus 32 if more
    characters follow. The last character's highest bit is the sign.
    """
    values = lengths.astype(np.int64)
    values[3:] -= lengths[1:-2]
    characters, written, more = [], [], np.ones(len(values), bool)
    while more.any():
        bits, values = values & 31, values >> 5
        follows = values != np.where(bits & 16, -1, 0)
        characters.append(48 + bits + 32 * follows)
        written.append(more)
        more = more & follows
    codes = np.stack(characters, 1)[np.stack(written, 1)]
    return codes.astype(np.uint8).tobytes().decode("ascii")
