import pytest
import torch

from cyclemlp.data.loading.collate import as_lists
from cyclemlp.data.loading.dataset import DrawDataset
from cyclemlp.data.loading.loader import train_loader
from cyclemlp.data.loading.sampler import Draw
from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.split import Sample, Split
from cyclemlp.data.transforms.segment import (
    SegmentationAugmentation,
    segmentation_eval_transform,
    segmentation_train_transform,
)

from .dense_data import PLAIN, street


class Streets(Split):
    classes = ("sky", "ground")

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return Sample(*street(40 + index, 64))

    def source(self, index):
        return f"{index}.png"


@pytest.mark.parametrize("seed", range(8))
def test_image_and_mask_are_transformed_together(seed):
    settings = SegmentationAugmentation(crop=(32, 40), photometric=0, vflip=0.5)
    transform = segmentation_train_transform(PLAIN, settings, 2)
    with seeded(seed):
        image, mask = transform(*street())
    assert image.shape == (3, 32, 40)
    assert image.dtype == torch.float32
    assert mask.shape == (32, 40)
    assert mask.dtype == torch.int64
    assert type(image) is type(mask) is torch.Tensor
    seen = torch.where(image[0] > 0, 0, 1).where(mask != 255, 255)
    assert (seen == mask).float().mean() > 0.93  # resizing blends some pixels
    assert float(image[:, mask == 255].abs().sum()) < 0.01 * image.numel()


def test_padding_is_ignored():
    settings = SegmentationAugmentation(scale=(0.25, 0.25), crop=(64, 64), photometric=0, hflip=0)
    image, mask = segmentation_train_transform(PLAIN, settings, 2)(*street())
    assert mask.shape == (64, 64)
    assert (mask[:12, :19] != 255).all()
    assert (mask[12:] == 255).all()
    assert (mask[:, 19:] == 255).all()
    assert image[:, 12:].abs().max() < 0.01


@pytest.mark.parametrize(
    ("scale", "size"),
    [((0.5, 3.0), (288, 200)), ((0.5, 1.0), (128, 128)), ((0.5, 9.0), (512, 200))],
)
def test_a_crop_is_not_larger_than_any_image(scale, size):
    settings = SegmentationAugmentation(scale=scale, crop=(512, 200))
    image, mask = segmentation_train_transform(PLAIN, settings, 2)(*street())
    assert image.shape[1:] == mask.shape == size


def test_a_draw_determines_image_and_target():
    transform = segmentation_train_transform(PLAIN, SegmentationAugmentation(crop=(16, 24)), 2)
    dataset = DrawDataset(Streets(), transform, seed=2)
    first, again, other = (dataset[Draw(1, epoch)] for epoch in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_stacked_and_unstacked_batches():
    transform = segmentation_train_transform(PLAIN, SegmentationAugmentation(crop=(16, 24)), 2)
    images, masks = next(iter(train_loader(Streets(), transform, batch_size=3)))
    assert images.shape == (3, 3, 16, 24)
    assert masks.shape == (3, 16, 24)
    transform = segmentation_eval_transform(PLAIN)
    loader = train_loader(Streets(), transform, batch_size=3, collate=as_lists)
    images, masks = next(iter(loader))
    assert len({image.shape for image in images}) == 3
    assert [mask.shape[1] for mask in masks] == [64] * 3
