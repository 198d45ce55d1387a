import io

import pytest
from PIL import Image

from cyclemlp.data.images.inspection import image_fault
from cyclemlp.data.images.rgb import upright_rgb

from ..conftest import encoded, picture
from .image_data import read


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    marked = Image.new("RGB", (16, 8), "black")
    marked.paste("white", (0, 0, 4, 4))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read(encoded(marked, "PNG", exif=exif))
    corners = [(0, 0), (-1, 0), (-1, -1), (0, -1), (0, 0), (-1, 0), (-1, -1), (0, -1)]
    x, y = corners[orientation - 1]
    assert image.size == ((16, 8) if orientation < 5 else (8, 16))
    assert image.getpixel((x % image.width, y % image.height)) == (255, 255, 255)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_is_not_a_fault():
    content = encoded(picture(), exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff")
    assert image_fault(io.BytesIO(content)) is None
    assert read(content).size == (40, 30)


def test_an_orientation_beside_tags_that_pillow_cannot_write_is_applied():
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0
    content = bytearray(encoded(picture(), exif=exif))
    content[content.index(b"\x01\x1a\x00\x05") + 3] = 2  # the resolution becomes a text
    with Image.open(io.BytesIO(bytes(content))) as image:
        turned = upright_rgb(image)
        assert turned.size == (image.height, image.width)
        assert upright_rgb(turned).size == turned.size, "it is turned twice"
