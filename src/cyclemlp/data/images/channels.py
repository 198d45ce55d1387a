"""The number of an image's channels, and the one that a network takes."""

from __future__ import annotations

from PIL import Image

from cyclemlp.data.images.opening import Unusable

RGB = 3

WIDE_MODES = ("I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's modes of one channel of 16 bits."""

BEYOND_8_BITS = ("I", "F", *WIDE_MODES)
"""Pillow's modes of one channel of more than 8 bits."""


def channels_of(image: Image.Image) -> int:
    """Return the number of stored channels; transparency is one, and a palette holds colors."""
    if image.mode == "P":
        return 4 if image.has_transparency_data else RGB
    return 4 if image.mode == "PA" else len(image.getbands())


def mismatch(found: int, wanted: int, pages: int = 1) -> Unusable:
    """Return the error for an image whose number of channels the network does not take."""
    has = f"{found} channel{'s' if found != 1 else ''}"
    has += f" on each of {pages} pages" if pages > 1 else ""
    takes = "3 (RGB)" if wanted == RGB else str(wanted)
    return Unusable(
        f"has {has}, but the network takes {takes}; --model-args.in_chans {found} trains one for it"
    )
