"""Which files are read as arrays: NPY, and TIFF and PNG files that Pillow does not read whole."""

from __future__ import annotations

from PIL import Image

from cyclemlp.data.images.header import bits_of
from cyclemlp.data.images.npy import open_npy
from cyclemlp.data.images.opening import ImageSource, check_pixels
from cyclemlp.data.images.png import open_png
from cyclemlp.data.images.signature import Signature, signature_of
from cyclemlp.data.images.stored_array import StoredArray
from cyclemlp.data.images.tiff import open_tiff

_SAMPLES, _PLANES = 277, 284  # TIFF tags
_SEPARATE = 2  # value of the last: each channel is stored by itself


def open_array(
    source: ImageSource, max_pixels: int, channels: int | None = None
) -> StoredArray | None:
    """Open an NPY file, or a TIFF or PNG file that Pillow does not read whole; None for others.

    Args:
        source: a path, or an open binary file.
        max_pixels: larger files are refused.
        channels: number of channels that will be read. Pillow reduces pixels of several channels
            to 8 bits and leaves out bands, so that it reads TIFF files of 1 or 3 channels only.

    Raises:
        Unusable: the file is damaged, too large, or needs a library that is not installed.
    """
    signature = signature_of(source)
    if signature is Signature.NPY:
        opened = open_npy(source)
    elif signature is Signature.TIFF and not (channels in (None, 1, 3) and _whole(source)):
        opened = open_tiff(source)
    elif signature is Signature.PNG and channels not in (None, 1, 3):
        opened = open_png(source)
    else:
        opened = None
    if opened is None:
        return None
    check_pixels(*opened.size, max_pixels)
    return opened


def is_whole(image: Image.Image) -> bool:
    """Return whether Pillow leaves out no band of an opened file, and decodes it right.

    Pillow (12.3) takes separate channels of 16 bits of a TIFF file for 8 bits, and returns noise.
    """
    try:
        tags = getattr(image, "tag_v2", {})
        wide = bits_of(image) > 8 and tags.get(_SAMPLES, 1) > 1
        separate = tags.get(_PLANES, 1) == _SEPARATE
        return tags.get(_SAMPLES, 1) <= len(image.getbands()) and not (wide and separate)
    except Exception:  # Pillow decodes a tag when it is read, and raises any exception
        return False


def _whole(source: ImageSource) -> bool:
    try:
        with Image.open(source) as image:
            return is_whole(image)
    except Exception:  # Pillow raises any exception on a kind it does not know
        return False
