"""Formats beyond 8-bit JPEG and PNG: how their values become 8-bit colors."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, features

from cyclemlp.data.images.inspection import inspect_image
from cyclemlp.data.images.reading import image_header, read_image

from .image_data import pixels

RNG = np.random.default_rng(0)
COLORS_8 = RNG.integers(0, 256, (12, 20, 3), np.uint8)
COLORS_16 = RNG.integers(0, 65536, (12, 20, 3), np.uint16)
SCALED = (COLORS_16.astype(np.uint32) * 255 + 32767) // 65535


def tiff(values: np.ndarray, **options) -> io.BytesIO:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "zstd"])
def test_8_bit_color_tiff(compression):
    image = read_image(tiff(COLORS_8, photometric="rgb", compression=compression))
    np.testing.assert_array_equal(pixels(image), COLORS_8)


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_16_bit_color_tiff_is_scaled(planes):
    values = COLORS_16 if planes == "contig" else np.moveaxis(COLORS_16, -1, 0)
    source = tiff(values, photometric="rgb", planarconfig=planes)
    np.testing.assert_allclose(pixels(read_image(source)).astype(int), SCALED, atol=1)
    assert inspect_image(source).fault is None
    assert image_header(source).size == (20, 12)


def test_16_bit_color_png_is_scaled(tmp_path):
    from imagecodecs import png_encode

    file = tmp_path / "a.png"
    file.write_bytes(png_encode(COLORS_16))
    np.testing.assert_allclose(pixels(read_image(file)).astype(int), SCALED, atol=1)


def test_float_color_tiff_of_0_to_1():
    source = tiff((COLORS_8 / np.float32(255)).astype(np.float32), photometric="rgb")
    np.testing.assert_array_equal(pixels(read_image(source)), COLORS_8)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_webp_and_avif(kind, tmp_path):
    if not features.check(kind.lower()):
        pytest.skip(f"this Pillow has no {kind}")
    file = tmp_path / f"a.{kind.lower()}"
    Image.new("RGB", (32, 24), (200, 40, 90)).save(file)
    assert np.abs(pixels(read_image(file)).astype(int) - (200, 40, 90)).max() < 8
    assert inspect_image(file) == (None, 3, ())
    file.write_bytes(file.read_bytes()[:-20])
    assert inspect_image(file).fault is not None


def test_the_first_page_is_read_and_others_are_remarked():
    gray = COLORS_8[None, ..., 0].repeat(3, 0) // np.array([1, 2, 3], np.uint8)[:, None, None]
    source = tiff(gray, photometric="minisblack")
    np.testing.assert_array_equal(pixels(read_image(source))[..., 0], gray[0])
    remark = "3 pages: the first is used; --model-args.in_chans 3 takes them as channels"
    assert inspect_image(source).remarks == (remark,)


def test_an_overview_is_no_page(tmp_path):
    file = tmp_path / "a.tif"
    with tifffile.TiffWriter(file) as writer:
        writer.write(COLORS_8, photometric="rgb")
        writer.write(COLORS_8[::2, ::2], photometric="rgb", subfiletype=1)
    assert inspect_image(file) == (None, 3, ())


def test_animations_are_remarked():
    stream = io.BytesIO()
    red, blue = (Image.new("RGB", (8, 8), color) for color in ("red", "blue"))
    red.save(stream, "GIF", save_all=True, append_images=[blue])
    assert inspect_image(stream).remarks == ("several frames: the first is used",)


@pytest.mark.parametrize("channels", [None, 3])
def test_12_bits_in_16_are_told(channels, tmp_path):
    """Cameras and microscopes write them; they are almost black as 8-bit colors."""
    dark = "16 bits a channel, and no value above 4095: almost black as RGB; scale the values to"
    gray = tmp_path / "a.png"
    Image.fromarray(COLORS_16[..., 0] >> 4).save(gray)
    remarks = [inspect_image(gray, channels).remarks]
    remarks.append(inspect_image(tiff(COLORS_16 >> 4, photometric="rgb"), channels).remarks)
    assert [[text.startswith(dark) for text in found] for found in remarks] == [[True], [True]]
    assert inspect_image(tiff(COLORS_16, photometric="rgb"), channels).remarks == ()
    assert inspect_image(gray, 1).remarks == ()
