"""Images of other than three channels: NPY files, TIFF files and ordinary ones."""

import io
import sys

import numpy as np
import pytest
import tifffile

from cyclemlp.data.images.inspection import inspect_image
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.picture import read_picture, size_of
from cyclemlp.data.images.preview import read_preview
from cyclemlp.data.images.reading import image_header, read_image

from ..conftest import encoded, picture

RNG = np.random.default_rng(0)
BANDS = RNG.integers(0, 65536, (12, 20, 6), np.uint16)


def values(source, channels: int) -> np.ndarray:
    """Return the values (C, H, W) of a picture."""
    return np.asarray(read_picture(source, channels))


def npy(array: np.ndarray) -> io.BytesIO:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream


def tiff(array: np.ndarray, **options) -> io.BytesIO:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream


SOURCES = {
    "npy (H, W, C)": npy(BANDS),
    "npy (C, H, W)": npy(np.moveaxis(BANDS, -1, 0)),
    "tiff (H, W, C)": tiff(BANDS, photometric="minisblack", planarconfig="contig"),
    "tiff (C, H, W)": tiff(
        np.moveaxis(BANDS, -1, 0),
        photometric="minisblack",
        planarconfig="separate",
        compression="lzw",
    ),
    "tiff pages": tiff(np.moveaxis(BANDS, -1, 0), photometric="minisblack"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_six_bands_of_16_bits_are_scaled_to_1(name):
    source = SOURCES[name]
    image = read_picture(source, 6)
    np.testing.assert_allclose(np.asarray(image), np.moveaxis(BANDS, -1, 0) / 65535, rtol=1e-6)
    assert size_of(image) == (12, 20)
    assert image_header(source).size == (20, 12)
    assert inspect_image(source, 6).fault is None
    assert read_preview(source).size == (20, 12)


@pytest.mark.parametrize("name", list(SOURCES)[:4])
def test_another_number_of_channels_is_refused(name):
    reason = (
        "has 6 channels, but the network takes 3 (RGB); --model-args.in_chans 6 trains one for it"
    )
    assert inspect_image(SOURCES[name]).fault == reason
    with pytest.raises(ImageError, match="has 6 channels"):
        read_image(SOURCES[name])
    remark = "6 channels; train with --model-args.in_chans 6"
    assert inspect_image(SOURCES[name], None) == (None, 6, (remark,))
    with pytest.raises(ImageError, match="but the network takes 4"):
        read_picture(SOURCES[name], 4)


def test_an_unmarked_fourth_band_is_not_dropped():
    source = tiff(BANDS[..., :4].astype(np.uint8), photometric="rgb", extrasamples=[0])
    assert inspect_image(source).fault is not None
    assert values(source, 4).shape == (4, 12, 20)


def test_ordinary_images_with_transparency_have_four_channels():
    image = picture().convert("RGBA")
    image.putalpha(77)
    assert inspect_image(io.BytesIO(encoded(image, "PNG")), 4).channels == 4
    stored = values(io.BytesIO(encoded(image, "PNG")), 4)
    np.testing.assert_allclose(stored[3], 77 / 255, rtol=1e-6)
    with pytest.raises(ImageError, match=r"^image in memory: has 3 channels, but .* takes 4"):
        read_picture(io.BytesIO(encoded(picture())), 4)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, bool])
def test_one_channel_of_any_type(kind):
    stored = (BANDS[..., 0] // 256).astype(kind) if kind is not bool else BANDS[..., 0] > 9000
    scale = {np.uint8: 255, np.uint16: 65535}.get(kind, 1)
    for source in (npy(stored), tiff(stored, photometric="minisblack")):
        np.testing.assert_allclose(values(source, 1)[0], stored / scale, rtol=1e-6)


def test_one_channel_of_colors_is_their_luma():
    image = picture()
    expected = np.asarray(image.convert("L")) / 255
    for source in (io.BytesIO(encoded(image, "PNG")), npy(np.asarray(image))):
        np.testing.assert_allclose(values(source, 1)[0], expected, atol=1 / 255)


def test_arrays_of_three_channels_are_rgb_images():
    image = picture()
    assert read_image(npy(np.asarray(image))) == image
    assert read_image(npy(np.asarray(image.convert("L")))) == image.convert("L").convert("RGB")


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.full((4, 4), np.nan), "some values are NaN or infinite"),
        (np.zeros((4, 4), complex), "values of type complex128; save real numbers"),
        (np.zeros(4), r"an array of shape \(4,\); an image is \(H, W\) or \(H, W, C\)"),
        (np.array([[None]]), "an array of Python objects; save numbers"),
    ],
)
def test_unusable_arrays(array, reason):
    with pytest.raises(ImageError, match=f"^image in memory: {reason}"):
        read_picture(npy(array), 1)


@pytest.mark.parametrize("name", SOURCES)
def test_truncated_files(name, tmp_path):
    content = SOURCES[name].getvalue()
    for share in (0.1, 0.5, 0.9):
        file = tmp_path / "a.bin"
        file.write_bytes(content[: int(len(content) * share)])
        assert inspect_image(file, 6).fault is not None
        with pytest.raises(ImageError, match=r"a\.bin: "):
            read_picture(file, 6)


def test_several_bands_need_tifffile(monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    assert "pip install 'cyclemlp[tiff]'" in str(inspect_image(SOURCES["tiff (H, W, C)"], 6).fault)


def test_too_many_pixels_are_refused():
    reason = "too large: 20 × 12 = 240 pixels, but the limit is 100"
    assert inspect_image(SOURCES["npy (C, H, W)"], 6, max_pixels=100).fault == reason
