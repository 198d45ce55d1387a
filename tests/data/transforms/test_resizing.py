"""The pipelines of evaluation against torchvision's and timm's own steps."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from timm.data.transforms import ResizeKeepRatio
from torchvision.transforms import InterpolationMode, v2

from cyclemlp.data.transforms.geometry import FitWithin
from cyclemlp.data.transforms.pipeline import to_input
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.resizing import center_crop, fit_within, normalized

SIDES = st.integers(1, 90)
METHODS = st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos"])


def picture(height, width):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@given(SIDES, SIDES, st.integers(1, 60), st.floats(0.3, 1), METHODS)
def test_a_square_crop_equals_torchvisions(height, width, side, share, method):
    image, pre = picture(height, width), Preprocessing((side, side), share, method)
    resize = v2.Resize(int(side / share), InterpolationMode(method))
    assert center_crop(image, pre) == v2.CenterCrop((side, side))(resize(image))


@given(SIDES, SIDES, st.integers(20, 60), st.integers(61, 90), METHODS)
def test_another_crop_equals_timms(height, width, short, long, method):
    image, pre = picture(height, width), Preprocessing((short, long), 0.9, method)
    resize = ResizeKeepRatio((int(short / 0.9), int(long / 0.9)), interpolation=method)
    assert center_crop(image, pre) == v2.CenterCrop((short, long))(resize(image))


@given(SIDES, SIDES, st.integers(1, 60), METHODS)
def test_fitting_equals_the_step_of_training(height, width, side, method):
    image, pre = picture(height, width), Preprocessing((side, 2 * side), 1, method)
    assert fit_within(image, pre) == FitWithin((side, 2 * side), InterpolationMode(method))(image)


@pytest.mark.parametrize("mean", [(0.485, 0.456, 0.406), (0.5, 0.5, 0.5)])
def test_normalized_pixels_equal_the_last_steps_of_a_pipeline(mean):
    pre, image = Preprocessing((8, 8), mean=mean), picture(40, 30)
    expected = v2.Compose(to_input(pre))(image)
    assert torch.equal(torch.from_numpy(normalized(image, pre)), expected)


@given(SIDES, SIDES, st.integers(1, 60), st.floats(0.3, 1), METHODS)
def test_a_crop_without_the_whole_picture_differs_by_rounding(height, width, side, share, method):
    image, pre = picture(height, width), Preprocessing((side, side), share, method)
    with pytest.MonkeyPatch.context() as patched:
        whole = np.asarray(center_crop(image, pre)).astype(int)
        patched.setattr("cyclemlp.data.transforms.resizing._MOST_PIXELS", 0)
        part = np.asarray(center_crop(image, pre)).astype(int)
    assert abs(part - whole).max() <= (255 if method == "nearest" else 1)


@pytest.mark.parametrize("size", [(1, 20_000), (50_000_000, 1)])
def test_a_thin_picture_takes_little_memory(size):
    image = Image.new("L", (size[1], size[0]), 99)
    assert center_crop(image, Preprocessing((224, 224))).getextrema() == (99, 99)
