from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from timm.data import create_transform

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.classify import Augmentation, eval_transform, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

from ..conftest import picture

SIDES = st.integers(8, 120)


@settings(max_examples=40)
@given(
    st.tuples(SIDES, SIDES),
    st.one_of(st.integers(8, 64).map(lambda side: (side, side)), st.tuples(SIDES, SIDES)),
    st.sampled_from([0.5, 0.875, 0.9, 0.95, 1.0]),
    st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos"]),
)
def test_evaluation_equals_timms(size, image_size, crop_pct, interpolation):
    pre = Preprocessing(image_size, crop_pct, interpolation)
    timms: Any = create_transform(
        (3, *image_size),
        interpolation=interpolation,
        mean=pre.mean,
        std=pre.std,
        crop_pct=crop_pct,
    )
    image = picture(size)
    ours = eval_transform(pre)(image)
    assert ours.shape == (3, *image_size)
    assert type(ours) is torch.Tensor
    torch.testing.assert_close(ours, timms(image), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hflip": 2.0}, r"augment\.hflip is in 0\.\.1, got 2\.0"),
        ({"mixup": -1.0}, r"augment\.mixup is at least 0"),
        ({"scale": (0.5, 0.2)}, r"augment\.scale is \(low, high\)"),
        ({"scale": (0.5, 1.2)}, r"augment\.scale"),
        ({"rand_augment": "m9"}, "such as rand-m9-mstd0.5-inc1, got 'm9'"),
        ({"repeats": 0}, "repeats"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**change)


PRE = Preprocessing((32, 24))

FULL = Augmentation(rand_augment="rand-m9-mstd0.5-inc1", erasing=1.0, vflip=0.5)


def test_the_seed_determines_the_augmentation():
    transform = train_transform(PRE, FULL)
    results = []
    for _ in range(2):
        for key in range(8):
            with seeded(1, key):
                results.append(transform(picture()))
    assert all(torch.equal(a, b) for a, b in zip(results[:8], results[8:], strict=True))
    assert len({tuple(r.flatten().tolist()) for r in results}) == 8
    assert results[0].shape == (3, 32, 24)


def test_without_randomness_training_is_a_resize():
    plain = Augmentation(scale=(1, 1), ratio=(1, 1), hflip=0)
    image = picture((48, 48))
    pre = Preprocessing((24, 24), crop_pct=1.0)
    torch.testing.assert_close(train_transform(pre, plain)(image), eval_transform(pre)(image))


def test_flips():
    still: dict[str, Any] = {"scale": (1, 1), "ratio": (1, 1)}
    pre, image = Preprocessing((16, 16)), picture((16, 16))
    base = train_transform(pre, Augmentation(**still, hflip=0))(image)
    across = train_transform(pre, Augmentation(**still, hflip=1))(image)
    down = train_transform(pre, Augmentation(**still, hflip=0, vflip=1))(image)
    assert torch.equal(across, base.flip(2))
    assert torch.equal(down, base.flip(1))


def test_erasing_fills_the_right_area_with_noise():
    still = Augmentation(scale=(1, 1), ratio=(1, 1), hflip=0, erasing=1.0)
    transform = train_transform(Preprocessing((64, 64)), still)
    image = Image.new("RGB", (64, 64), "black")
    noise, shares = [], []
    for key in range(50):
        with seeded(key):
            erased = transform(image)
        changed = (erased != erased.flatten(1).mode().values[:, None, None]).all(0)
        shares.append(changed.float().mean().item())
        noise.append(erased[:, changed].flatten())
    assert min(shares) > 0.01
    assert max(shares) < 0.36
    values = torch.cat(noise)
    assert abs(values.mean()) < 0.05
    assert abs(values.std() - 1) < 0.05


def test_sizes_below_a_pixel_are_refused():
    with pytest.raises(ValueError, match=r"augment\.sizes are at least 1 pixel, got \[8, 0\]"):
        Augmentation(sizes=(8, 0))
