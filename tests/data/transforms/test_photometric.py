import pytest
import torch
from PIL import Image
from torchvision.tv_tensors import Mask

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.segment import (
    SegmentationAugmentation,
    segmentation_train_transform,
)

from .dense_data import PLAIN, street


def test_the_mask_is_unchanged():
    settings = SegmentationAugmentation(scale=(1, 1), crop=None, hflip=0, photometric=1)
    picture, mask = street()
    with seeded(1):
        image, numbers = segmentation_train_transform(PLAIN, settings, 2)(picture, mask)
    plain, expected = segmentation_train_transform(
        PLAIN, SegmentationAugmentation(scale=(1, 1), crop=None, hflip=0, photometric=0), 2
    )(picture, mask)
    assert torch.equal(numbers, expected)
    assert (image - plain).abs().max() > 0.05


@pytest.mark.parametrize("grey", [0, 20, 128, 250])
def test_brightness_is_added(grey):
    """Contrast, saturation and hue do not change a uniform gray image."""
    settings = SegmentationAugmentation(scale=(1, 1), crop=None, hflip=0, photometric=1)
    transform = segmentation_train_transform(PLAIN, settings, 2)
    picture = Image.new("RGB", (96, 48), (grey,) * 3)
    mask = Mask(torch.zeros(48, 96, dtype=torch.uint8))
    found = []
    for seed in range(60):
        with seeded(seed):
            image = transform(picture, mask)[0]
        assert image.max() - image.min() < 1 / 255
        found.append(float(image.mean()) * 127.5 + 127.5)
    lowest, highest = max(grey - 32, 0), min(grey + 32, 255)
    assert lowest - 0.01 <= min(found) < lowest + 4
    assert highest - 4 < max(found) <= highest + 0.01
