import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_fault, read_image
from cyclemlp.data.images.rgb import to_rgb

from .conftest import encoded, picture

TRUNCATED = "truncated: the file ends before the picture does"


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image)


def read(content: bytes, **options) -> Image.Image:
    return read_image(io.BytesIO(content), **options)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_a_lossless_picture_comes_back_as_it_was(kind):
    np.testing.assert_array_equal(pixels(read(encoded(picture(), kind))), pixels(picture()))


@given(st.floats(0.05, 0.95), st.sampled_from(["JPEG", "PNG", "TIFF", "BMP", "PPM", "WEBP", "GIF"]))
def test_a_cut_file_is_found_by_check_and_reader_alike(share, kind):
    content = encoded(picture(), kind)
    cut = content[: max(1, int(len(content) * share))]
    assert image_fault(io.BytesIO(cut)) is not None
    with pytest.raises(ImageError):
        read(cut)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_cut_near_its_end_is_truncated(mode, progressive):
    content = encoded(picture((320, 200)).convert(mode), progressive=progressive)
    assert image_fault(io.BytesIO(content)) is None
    assert image_fault(io.BytesIO(content[:-400])) == TRUNCATED
    with pytest.raises(ImageError, match=f"^image in memory: {TRUNCATED}$"):
        read(content[:-400])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"hello, I am a text", "not an image of a known format"),
        (encoded(picture())[:200], TRUNCATED),
    ],
)
def test_the_message_names_file_and_reason(tmp_path, content, reason):
    file = tmp_path / "bad.jpg"
    file.write_bytes(content)
    assert image_fault(file) == reason
    with pytest.raises(ImageError) as error:
        read_image(file)
    assert str(error.value) == f"{file}: {reason}"


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.png: no such file"):
        read_image(tmp_path / "gone.png")
    assert image_fault(tmp_path / "gone.png") == "no such file"
    assert image_fault(tmp_path) == "cannot be opened: Is a directory"


def test_too_many_pixels_are_refused_by_the_declared_size_before_decoding():
    content = encoded(picture((100, 50)), "PNG")[:60]  # a header, and no pixels to decode
    reason = "too large: 100 × 50 = 5000 pixels, and at most 4999 are read"
    assert image_fault(io.BytesIO(content), max_pixels=4999) == reason
    with pytest.raises(ImageError, match=reason):
        read(content, max_pixels=4999)


@pytest.mark.parametrize("side", [10_000, 15_000])  # where Pillow warns, and where it raises
def test_a_decompression_bomb_is_a_reason_and_no_warning(side):
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


def test_cmyk():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # cyan 0, magenta and yellow full: red
    np.testing.assert_allclose(pixels(read(encoded(image)))[4, 4], (254, 0, 0), atol=2)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind):
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


def test_floating_point_pixels_are_refused():
    content = encoded(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF")
    reason = image_fault(io.BytesIO(content))
    assert reason == "floating-point pixels, which have no defined white; save as 8 or 16 bits"
    with pytest.raises(ImageError, match="floating-point"):
        read(content)


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
def test_transparent_pixels_are_laid_over_white(mode):
    image = Image.new(mode, (2, 2), (0, 0, 0, 0) if mode == "RGBA" else (0, 0))
    assert pixels(read(encoded(image, "PNG"))).min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "YCbCr"])
def test_other_modes(mode):
    kind = "JPEG" if mode == "YCbCr" else "PNG"
    image = read(encoded(Image.new("RGB", (4, 4), "white").convert(mode), kind))
    assert image.mode == "RGB"
    assert pixels(image).min() >= 254


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
def test_damaged_exif_is_no_damage():
    content = encoded(picture(), exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff")
    assert image_fault(io.BytesIO(content)) is None
    assert read(content).size == (40, 30)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame(kind):
    red, blue = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(red, kind, save_all=True, append_images=[blue], **options)
    assert read(content).getpixel((3, 3)) == (255, 0, 0)
    assert image_fault(io.BytesIO(content)) is None


def test_the_check_leaves_no_file_open(tmp_path: Path):
    file = tmp_path / "a.jpg"
    file.write_bytes(encoded(picture()))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        assert image_fault(file) is None
        read_image(file)
