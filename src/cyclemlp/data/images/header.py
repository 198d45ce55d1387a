"""An image's size, EXIF orientation and number of bits."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

_ORIENTATION = 0x0112  # EXIF tag
_BITS = 258  # TIFF tag


class Header(NamedTuple):
    """An image's stored width and height in pixels, and its EXIF orientation (1 to 8)."""

    width: int
    height: int
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels of the upright image."""
        turned = self.orientation >= 5  # these four exchange rows and columns
        return (self.height, self.width) if turned else (self.width, self.height)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation of an opened image; 1 if it has none or an invalid one."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF does not make the pixels unusable
        return 1
    return orientation if orientation in range(1, 9) else 1


def bits_of(image: Image.Image) -> int:
    """Return the largest number of bits of a channel in a TIFF file; 8 for other files."""
    return max(getattr(image, "tag_v2", {}).get(_BITS, (8,)))
