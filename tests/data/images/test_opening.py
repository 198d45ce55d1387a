import io
import warnings

import pytest
from PIL import Image, PngImagePlugin

from cyclemlp.data.images.inspection import image_fault
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import read_image

from ..conftest import encoded, picture
from .image_data import read


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.png: no such file"):
        read_image(tmp_path / "gone.png")
    assert image_fault(tmp_path / "gone.png") == "no such file"
    assert image_fault(tmp_path) == "cannot be opened: Is a directory"


def test_too_many_pixels_are_refused_before_decoding():
    content = encoded(picture((100, 50)), "PNG")[:60]  # a header without pixels
    reason = "too large: 100 × 50 = 5000 pixels, but the limit is 4999"
    assert image_fault(io.BytesIO(content), max_pixels=4999) == reason
    with pytest.raises(ImageError, match=reason):
        read(content, max_pixels=4999)


@pytest.mark.parametrize("side", [10_000, 15_000])  # sizes at which Pillow warns and raises
def test_a_decompression_bomb_is_refused_without_a_warning(side):
    limit = Image.MAX_IMAGE_PIXELS
    header = _png_header(side)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reason = image_fault(io.BytesIO(header))
    assert reason is not None
    assert reason.startswith("too large: ")
    assert str(side * side) in reason
    assert limit == Image.MAX_IMAGE_PIXELS


def _png_header(side: int) -> bytes:
    stream = io.BytesIO(b"")
    stream.write(b"\x89PNG\r\n\x1a\n")
    size = side.to_bytes(4, "big")
    PngImagePlugin.putchunk(stream, b"IHDR", size, size, bytes([8, 2, 0, 0, 0]))
    PngImagePlugin.putchunk(stream, b"IDAT", b"")
    return stream.getvalue()
