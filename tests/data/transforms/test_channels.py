"""Transforms of images of other than three channels."""

import numpy as np
import pytest
import torch
from torchvision.tv_tensors import Mask

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.data.augmentation.segment import SegmentationAugmentation
from cyclemlp.data.images.picture import picture_of
from cyclemlp.data.transforms.classify import eval_transform, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.segment import segmentation_train_transform

VALUES = np.random.default_rng(0).normal(500, 100, (24, 30, 5)).astype(np.float32)
MEAN, STD = (500.0,) * 5, (100.0,) * 5


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [(16, 16), (16, 20)])
def test_evaluation_resizes_and_normalizes(size, interpolation):
    pre = Preprocessing(size, 1.0, interpolation, MEAN, STD)
    inputs = eval_transform(pre)(picture_of(VALUES))
    assert inputs.shape == (5, *size)
    assert inputs.dtype == torch.float32
    assert abs(float(inputs.mean())) < 0.2


def test_training_leaves_color_changes_out():
    pre = Preprocessing((16, 16), mean=MEAN, std=STD)
    strong = Augmentation(
        scale=(0.5, 1.0), color_jitter=0.4, rand_augment="rand-m9-mstd0.5-inc1", erasing=0.5
    )
    inputs, label = train_transform(pre, strong)(picture_of(VALUES), 3)
    assert inputs.shape == (5, 16, 16)
    assert label == 3


def test_dense_training_pads_with_the_mean():
    pre = Preprocessing((24, 30), mean=MEAN, std=STD)
    augmentation = SegmentationAugmentation(crop=(32, 40), photometric=1.0)
    transform = segmentation_train_transform(pre, augmentation, 2)
    mask = Mask(torch.ones(24, 30, dtype=torch.uint8))
    inputs, labels = transform(picture_of(VALUES), mask)
    assert inputs.shape == (5, 32, 40)
    assert (inputs[:, labels == 255] == 0).all()
    assert (labels == 255).any()
