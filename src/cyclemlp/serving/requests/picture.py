"""The picture of a request, decoded within limits."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from cyclemlp.data.images.opening import TooLarge, Unusable, decode, opened
from cyclemlp.data.images.rgb import upright_rgb
from cyclemlp.serving.faults import Fault

# Formats of cameras and browsers. Pillow reads more, some of them with other programs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")


def read_picture(data: bytes, max_pixels: int) -> Image.Image:
    """Decode a picture as upright RGB.

    Args:
        data: the file's content.
        max_pixels: a larger picture is refused by its header, before it is decoded.

    Raises:
        Fault: the picture cannot be used.
    """
    try:
        with opened(BytesIO(data), max_pixels, FORMATS) as image:
            decode(image)
            return upright_rgb(image)
    except TooLarge as fault:
        rule = f"a picture has at most {max_pixels} pixels"
        raise Fault(413, rule, str(fault), "send a smaller picture") from None
    except Unusable as fault:
        rule = f"a picture is a whole file of one of {', '.join(FORMATS)}"
        raise Fault(422, rule, str(fault), "send another file, or save it again") from None
