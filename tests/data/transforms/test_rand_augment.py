from typing import Any

import pytest
import torch
from timm.data import create_transform

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.classify import Augmentation, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

from ..conftest import picture


@pytest.mark.parametrize("text", ["rand-x9", "rand-strong", "rand-m9-"])
def test_a_string_that_timm_cannot_read_is_refused(text):
    with pytest.raises(ValueError, match=text):
        train_transform(Preprocessing((8, 8)), Augmentation(rand_augment=text))


def test_rand_augment_equals_timms():
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
