import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.classify import Augmentation, mixer


def test_mixing_is_off_by_default():
    assert mixer(Augmentation(), 5) is None


@given(
    st.integers(0, 100),
    st.sampled_from([(0.8, 0.0), (0.0, 1.0), (0.8, 1.0)]),
    st.integers(1, 6),
)
def test_mixed_images_and_targets_agree(seed, alphas, count):
    """Each image is filled with its label, so a mixed image and its target have the same mean."""
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
    # 200 draws with probability 0.5; a CutMix with an empty box also counts as unmixed
    assert abs(np.mean(mixed) - 0.5) < 4 * math.sqrt(0.25 / 200)


def test_sizes_are_drawn_per_batch_from_the_global_generator():
    resize = mixer(Augmentation(sizes=(8, 12)), 4)
    assert resize is not None
    images, labels = torch.rand(3, 3, 16, 16), torch.tensor([0, 1, 2])
    torch.manual_seed(0)
    drawn = [resize(images, labels) for _ in range(20)]
    assert {tuple(batch.shape) for batch, _ in drawn} == {(3, 3, 8, 8), (3, 3, 12, 12)}
    assert all(torch.equal(targets, labels) for _, targets in drawn)
    torch.manual_seed(0)
    assert [resize(images, labels)[0].shape for _ in drawn] == [b.shape for b, _ in drawn]


def test_sizes_and_mixing_combine():
    both = mixer(Augmentation(sizes=(8,), mixup=1.0), 4)
    assert both is not None
    images, targets = both(torch.rand(2, 3, 16, 16), torch.tensor([0, 3]))
    assert images.shape == (2, 3, 8, 8)
    assert targets.shape == (2, 4)
