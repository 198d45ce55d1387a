import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cyclemlp.data.images.inspection import image_fault
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import read_image

from ..conftest import encoded, picture
from .image_data import pixels, read

TRUNCATED = "truncated: the file ends before the image data"


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_are_read_exactly(kind):
    np.testing.assert_array_equal(pixels(read(encoded(picture(), kind))), pixels(picture()))


@given(st.floats(0.05, 0.95), st.sampled_from(["JPEG", "PNG", "TIFF", "BMP", "PPM", "WEBP", "GIF"]))
def test_the_check_and_the_reader_both_find_truncation(share, kind):
    content = encoded(picture(), kind)
    cut = content[: max(1, int(len(content) * share))]
    assert image_fault(io.BytesIO(cut)) is not None
    with pytest.raises(ImageError):
        read(cut)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_truncated_near_its_end(mode, progressive):
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
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "a pointer of Git LFS and not the image; fetch the image with git lfs pull",
        ),
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            "HEIF (HEIC), which is not supported; convert it to JPEG or PNG",
        ),
        (
            b"\r\n<!DOCTYPE html><html><title>404</title>",
            "a web page (HTML) and not an image; download the image again",
        ),
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


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_read(kind):
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
