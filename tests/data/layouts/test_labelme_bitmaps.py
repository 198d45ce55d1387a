import base64

import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.layouts.finding import open_detection, open_segmentation

from ..conftest import encoded
from .labelme_data import POLYGON, annotate, shape
from .test_labelme import part


def _mask(pixels, place=(3, 4), **more):
    """Return a shape as LabelMe writes it; the corners are those of the first and last pixel."""
    height, width = pixels.shape
    corners = [list(place), [place[0] + width - 1, place[1] + height - 1]]
    stored = encoded(Image.fromarray(pixels.astype(np.uint8)), "PNG")
    return shape("cat", corners, "mask", mask=base64.b64encode(stored).decode()) | more


def test_pixels_are_masks(tmp_path):
    pixels = np.random.default_rng(0).random((6, 8)) < 0.5
    pixels[0, 0] = pixels[-1, -1] = True
    edge = _mask(np.ones((9, 9)), (25, 15))
    joined = [_mask(np.ones((2, 3)), (0, 0), group_id=1), shape("cat", POLYGON, group_id=1)]
    annotate(tmp_path / "train/a.jpg", _mask(pixels), edge, *joined)
    target = open_detection(str(tmp_path), "train", masks=True)[0].target
    expected = np.zeros((3, 20, 30), bool)
    expected[0, 4:10, 3:11] = pixels
    expected[1, 15:, 25:] = True
    expected[2, :2, :3] = expected[2, 2:8, 20:26] = True
    assert (target["masks"].numpy() == expected).all()
    assert target["boxes"].tolist() == [[3, 4, 11, 10], [25, 15, 30, 20], [0, 0, 26, 8]]
    drawn = open_segmentation(str(tmp_path), "train")[0].target
    assert ((drawn == 1).numpy() == expected.any(0)).all()


@pytest.mark.parametrize("mask", [None, "?", "AAAA", 3, base64.b64encode(b"GIF89a").decode()])
def test_other_contents_are_faults(tmp_path, mask):
    annotate(tmp_path / "train/a.jpg", _mask(np.ones((2, 2)), mask=mask))
    annotate(tmp_path / "train/b.jpg", shape("cat"))
    (fault,) = part(open_detection(str(tmp_path), "train")).unusable
    assert fault.reason.endswith("a.json: shape 1 (cat): its mask is no PNG file in base64")


def test_masks_need_the_size_of_the_image(tmp_path):
    annotate(tmp_path / "train/a.jpg", _mask(np.ones((2, 2))), imageWidth=None)
    (fault,) = part(open_detection(str(tmp_path), "train")).unusable
    assert fault.reason.endswith("a.json has masks, but no imageWidth and imageHeight")
