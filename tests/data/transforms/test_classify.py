import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from timm.data import create_transform

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.classify import Augmentation, eval_transform, mixer, train_transform
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


def test_preprocessing_survives_json():
    pre = Preprocessing((224, 192), 0.9, "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert Preprocessing.from_dict(json.loads(json.dumps(pre.to_dict()))) == pre


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": (0, 8)}, "image_size"),
        ({"crop_pct": 1.5}, "crop_pct"),
        ({"interpolation": "cubic"}, "one of nearest, bilinear, bicubic, lanczos, got 'cubic'"),
        ({"std": (1.0, 1.0, 0.0)}, "std above 0"),
    ],
)
def test_preprocessing_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        Preprocessing(**({"image_size": (8, 8)} | change))


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
def test_augmentation_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**change)


@pytest.mark.parametrize("text", ["rand-x9", "rand-strong", "rand-m9-"])
def test_a_rand_augment_string_that_timm_cannot_read(text):
    with pytest.raises(ValueError, match=text):
        train_transform(Preprocessing((8, 8)), Augmentation(rand_augment=text))


PRE = Preprocessing((32, 24))
FULL = Augmentation(rand_augment="rand-m9-mstd0.5-inc1", erasing=1.0, vflip=0.5)


def test_all_randomness_is_under_the_seed():
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


def test_rand_augment_is_timms():
    pre = Preprocessing((32, 32))
    config = "rand-m9-mstd0.5-inc1"
    plain: dict[str, Any] = {"scale": (1, 1), "ratio": (1, 1), "hflip": 0.0}
    ours = train_transform(pre, Augmentation(**plain, rand_augment=config, color_jitter=0.4))
    timms: Any = create_transform(
        (3, 32, 32),
        is_training=True,
        **plain,
        auto_augment=config,
        interpolation=pre.interpolation,
        color_jitter=0.4,
    )
    crop, augment, *rest = timms.transforms
    for key in range(10):
        image = picture((32, 32), key)
        with seeded(key):
            expected = augment(image)
        for step in rest:
            expected = step(expected)
        with seeded(key):
            torch.testing.assert_close(ours(image), expected, atol=1e-6, rtol=0)
    assert "RandomResizedCrop" in type(crop).__name__


def test_erasing_puts_noise_of_the_right_area():
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


def test_no_mixing_unless_asked():
    assert mixer(Augmentation(), 5) is None


@given(
    st.integers(0, 100),
    st.sampled_from([(0.8, 0.0), (0.0, 1.0), (0.8, 1.0)]),
    st.integers(1, 6),
)
def test_mixed_pictures_and_targets_agree(seed, alphas, count):
    """Each picture is filled with its label, so that a mixed one's mean must be its target's."""
    mix = mixer(Augmentation(mixup=alphas[0], cutmix=alphas[1]), num_classes=6)
    assert mix is not None
    labels = torch.arange(count)
    images = labels.float()[:, None, None, None].expand(count, 3, 8, 8).contiguous()
    with seeded(seed):
        mixed, targets = mix(images, labels)
    assert mixed.shape == images.shape
    torch.testing.assert_close(targets.sum(1), torch.ones(count))
    expected = (targets * torch.arange(6)).sum(1)
    torch.testing.assert_close(mixed.mean((1, 2, 3)), expected, atol=1e-5, rtol=1e-5)
    with seeded(seed):
        again, _ = mix(images, labels)
    assert torch.equal(mixed, again)


def test_probabilities_of_mixing():
    labels = torch.arange(4)
    images = torch.rand(4, 3, 8, 8)
    never = mixer(Augmentation(mixup=1.0, mix_prob=0.0), 4)
    assert never is not None
    same, targets = never(images, labels)
    assert torch.equal(same, images)
    assert torch.equal(targets, torch.eye(4))

    half = mixer(Augmentation(mixup=1.0, cutmix=1.0, mix_prob=0.5, switch_prob=1.0), 4)
    assert half is not None
    with seeded(0):
        mixed = [not torch.equal(half(images, labels)[1], torch.eye(4)) for _ in range(200)]
    # 200 fair draws; a CutMix of an empty box also counts as unmixed
    assert abs(np.mean(mixed) - 0.5) < 4 * math.sqrt(0.25 / 200)


def test_sizes_resize_whole_batches_by_the_global_generator():
    resize = mixer(Augmentation(sizes=(8, 12)), 4)
    assert resize is not None
    images, labels = torch.rand(3, 3, 16, 16), torch.tensor([0, 1, 2])
    torch.manual_seed(0)
    drawn = [resize(images, labels) for _ in range(20)]
    assert {tuple(batch.shape) for batch, _ in drawn} == {(3, 3, 8, 8), (3, 3, 12, 12)}
    assert all(torch.equal(targets, labels) for _, targets in drawn)
    torch.manual_seed(0)
    assert [resize(images, labels)[0].shape for _ in drawn] == [b.shape for b, _ in drawn]


def test_sizes_and_mixing_go_together():
    both = mixer(Augmentation(sizes=(8,), mixup=1.0), 4)
    assert both is not None
    images, targets = both(torch.rand(2, 3, 16, 16), torch.tensor([0, 3]))
    assert images.shape == (2, 3, 8, 8)
    assert targets.shape == (2, 4)


def test_sizes_below_a_pixel_are_refused():
    with pytest.raises(ValueError, match=r"augment\.sizes are at least 1 pixel, got \[8, 0\]"):
        Augmentation(sizes=(8, 0))
