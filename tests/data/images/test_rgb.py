import io

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.images.inspection import image_fault
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.rgb import to_rgb

from ..conftest import encoded
from .image_data import pixels, read


def test_cmyk():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # cyan 0, magenta and yellow full: red
    np.testing.assert_allclose(pixels(read(encoded(image)))[4, 4], (254, 0, 0), atol=2)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_and_not_clipped(kind):
    values = np.array([[0, 257, 32768, 65278, 65535]], dtype=np.uint16)
    image = read(encoded(Image.fromarray(values), kind))
    np.testing.assert_array_equal(pixels(image)[0, :, 0], [0, 1, 128, 254, 255])
    assert image.mode == "RGB"


def test_mode_i_is_read_as_16_bits_and_refused_beyond():
    good = Image.fromarray(np.array([[0, 65535]], dtype=np.int32))
    np.testing.assert_array_equal(pixels(to_rgb(good))[0, :, 0], [0, 255])
    beyond = encoded(Image.fromarray(np.array([[-1, 70000]], dtype=np.int32)), "TIFF")
    reason = "pixel values of -1 to 70000; save with 8 or 16 bits a channel"
    assert image_fault(io.BytesIO(beyond)) == reason


def test_floating_point_pixels_of_0_to_1_are_scaled_and_others_refused():
    values = np.array([[0, 0.25, 1]], np.float32)
    image = read(encoded(Image.fromarray(values), "TIFF"))
    np.testing.assert_array_equal(pixels(image)[0, :, 1], [0, 64, 255])
    beyond = encoded(Image.fromarray(values * 255), "TIFF")
    reason = image_fault(io.BytesIO(beyond))
    assert reason is not None
    assert reason.startswith("floating-point values of 0 to 255, which have no defined white: ")
    with pytest.raises(ImageError, match=r"in_chans 1"):
        read(beyond)


def test_palette_without_and_with_transparency():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.putpixel((1, 0), 1)
    np.testing.assert_array_equal(
        pixels(read(encoded(image, "PNG"))), [[[10, 20, 30], [200, 0, 0]]]
    )
    content = encoded(image, "PNG", transparency=0)
    np.testing.assert_array_equal(pixels(read(content)), [[[255] * 3, [200, 0, 0]]])


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_composited_over_white(mode):
    image = Image.new(mode, (2, 2), (0, 0, 0, 0) if mode == "RGBA" else (0, 0))
    assert pixels(read(encoded(image, "PNG"))).min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "YCbCr"])
def test_other_modes(mode):
    kind = "JPEG" if mode == "YCbCr" else "PNG"
    image = read(encoded(Image.new("RGB", (4, 4), "white").convert(mode), kind))
    assert image.mode == "RGB"
    assert pixels(image).min() >= 254
