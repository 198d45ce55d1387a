"""The picture of a request, decoded within limits."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from cyclemlp.data.images.arrays import is_whole
from cyclemlp.data.images.bands import picture_bands
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.opening import TooLarge, Unusable, decode, opened
from cyclemlp.data.images.picture import Picture, picture_of
from cyclemlp.data.images.rgb import upright_rgb
from cyclemlp.serving.faults import Fault

# Formats of cameras and browsers. Pillow reads more, some of them with other programs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
_BANDS = "a TIFF of more bands than colors, or of separate channels of more than 8 bits"
_PLAIN = (b"P1", b"P2", b"P3")
_SCAN, _MOST_SCANS = b"\xff\xda", 500  # a progressive JPEG has about ten; each goes over all pixels


def read_picture(data: bytes, max_pixels: int, channels: int) -> tuple[Image.Image, Picture]:
    """Decode a picture as upright RGB, and as a network of other channels takes it.

    Args:
        data: the file's content.
        max_pixels: a larger picture is refused by its header, before it is decoded.
        channels: that the network takes; for 3, both are the same.

    Raises:
        Fault: the picture cannot be used.
    """
    try:
        with opened(BytesIO(data), max_pixels, FORMATS) as image:
            _check_effort(image, data)
            if not is_whole(image):
                raise Unusable(_BANDS)
            decode(image)
            shown = upright_rgb(image)
            if channels == RGB:
                return shown, shown
            return shown, picture_of(picture_bands(image, channels))
    except TooLarge as fault:
        rule = f"a picture has at most {max_pixels} pixels"
        raise Fault(413, rule, str(fault), "send a smaller picture") from None
    except Unusable as fault:
        rule = f"a picture is a whole file of one of {', '.join(FORMATS)}"
        raise Fault(422, rule, str(fault), "send another file, or save it again") from None


def _check_effort(image: Image.Image, data: bytes) -> None:
    """Check that a picture is decoded in a time that its number of pixels bounds.

    Pillow reads numbers in text with Python, for seconds a megabyte.
    """
    if data[:2] in _PLAIN:
        raise Unusable("a PPM of numbers in text; save it in the binary form, or as PNG")
    scans = data.count(_SCAN) if image.format in ("JPEG", "MPO") else 0
    if scans > _MOST_SCANS:
        raise Unusable(f"a JPEG of {scans} scans, and {_MOST_SCANS} are accepted")
