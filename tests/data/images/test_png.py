"""PNG and TIFF files with transparency in 16 bits."""

import io
import sys

import numpy as np
import pytest
import tifffile
from imagecodecs import png_encode
from PIL import Image

from cyclemlp.data.images.inspection import inspect_image
from cyclemlp.data.images.picture import read_picture
from cyclemlp.data.images.png import REDUCED, deep_shape
from cyclemlp.data.images.reading import image_header, read_image

RNG = np.random.default_rng(0)
STORED = {channels: RNG.integers(0, 65536, (12, 20, channels), np.uint16) for channels in (2, 4)}


def png(channels: int) -> io.BytesIO:
    return io.BytesIO(png_encode(STORED[channels]))


def tiff(channels: int) -> io.BytesIO:
    stream = io.BytesIO()
    photometric = "rgb" if channels == 4 else "minisblack"
    tifffile.imwrite(
        stream,
        STORED[channels],
        photometric=photometric,
        extrasamples=["unassalpha"],
        planarconfig="contig",
    )
    return stream


@pytest.mark.parametrize("channels", STORED)
@pytest.mark.parametrize("write", [png, tiff])
def test_all_16_bits_are_read(write, channels):
    source = write(channels)
    values = np.moveaxis(np.asarray(read_picture(source, channels)), 0, -1)
    np.testing.assert_allclose(values, STORED[channels] / 65535, rtol=1e-6)
    assert inspect_image(source, channels) == (None, channels, ())
    assert image_header(source).size == (20, 12)


@pytest.mark.parametrize("channels", STORED)
@pytest.mark.parametrize("write", [png, tiff])
@pytest.mark.parametrize("wanted", [1, 3])
def test_colors_and_gray_are_over_white(write, channels, wanted):
    source = write(channels)
    assert inspect_image(source, wanted).fault is None
    alpha = STORED[channels][..., -1:] / 65535
    colors = (STORED[channels][..., :-1] / 65535) * alpha + 1 - alpha
    if wanted == 3:
        found = np.asarray(read_image(source)) / 255
    else:
        found = np.moveaxis(np.asarray(read_picture(source, 1)), 0, -1)
        colors = colors @ ([0.299, 0.587, 0.114] if channels == 4 else [1.0])
        colors = colors[..., None]
    np.testing.assert_allclose(found, np.broadcast_to(colors, found.shape), atol=3 / 255)


def test_another_number_of_channels_is_refused():
    assert "has 4 channels, but the network takes 2" in str(inspect_image(png(4), 2).fault)


def test_without_imagecodecs_8_bits_are_read_with_a_remark(monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    values = np.moveaxis(np.asarray(read_picture(png(4), 4)), 0, -1)
    np.testing.assert_allclose(values, STORED[4] / 65535, atol=1 / 255)
    assert inspect_image(png(4), 4) == (None, 4, (REDUCED,))


def test_damaged_and_turned_files(tmp_path):
    content = png(4).getvalue()
    for share in (0.01, 0.5, 0.95):
        file = tmp_path / "a.png"
        file.write_bytes(content[: int(len(content) * share)])
        assert inspect_image(file, 4).fault is not None
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    with Image.open(png(4)) as image:
        image.save(turned, "PNG", exif=exif)
    assert read_picture(turned, 4).shape == (4, 20, 12)  # type: ignore[union-attr]


def test_the_header_of_another_kind_of_file_is_not_read_as_that_of_a_png():
    content = png(4).getvalue()
    assert deep_shape(io.BytesIO(content)) is not None
    assert deep_shape(io.BytesIO(b"RIFF" + content[4:])) is None
