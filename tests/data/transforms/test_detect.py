import pytest
import torch
from torchvision.ops import masks_to_boxes

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.detect import (
    DetectionAugmentation,
    detection_train_transform,
)

from .dense_data import PLAIN, scene

ONE_SIZE = DetectionAugmentation()


@pytest.mark.parametrize("seed", range(6))
def test_boxes_and_masks_are_transformed_together(seed):
    settings = DetectionAugmentation(scale=(0.5, 1.5), vflip=0.5)
    with seeded(seed):
        image, target = detection_train_transform(PLAIN, settings)(
            *scene([(4, 8, 20, 30), (30, 2, 60, 38), (1, 1, 9, 9)], crowd=(2,))
        )
    assert type(target["boxes"]) is torch.Tensor
    assert target["labels"].tolist() == [0, 1]
    assert target["masks"].shape == (2, *image.shape[1:])
    assert target["masks"].dtype == torch.uint8
    found = masks_to_boxes(target["masks"]) + torch.tensor([0, 0, 1, 1])
    assert (found - target["boxes"]).abs().max() <= 1
    assert target["image_id"] == 5


def test_small_objects_are_dropped_with_all_their_entries():
    settings = DetectionAugmentation(scale=(0.1, 0.1), min_size=1)
    target = detection_train_transform(PLAIN, settings)(*scene([(4, 8, 10, 30), (0, 0, 60, 38)]))[1]
    assert target["labels"].tolist() == [1]
    assert [len(target[name]) for name in ("boxes", "iscrowd", "area", "masks")] == [1] * 4


def test_a_crop_clips_boxes_and_masks_and_drops_objects_outside():
    settings = DetectionAugmentation(crop=(24, 24))
    for seed in range(8):
        with seeded(seed):
            image, target = detection_train_transform(PLAIN, settings)(
                *scene([(4, 8, 20, 30), (30, 2, 60, 38)], crowd=(0, 0))
            )
        assert image.shape == (3, 24, 24)
        assert target["masks"].shape == (len(target["labels"]), 24, 24)
        assert len(target["boxes"]) == len(target["labels"])
        assert (target["boxes"] >= 0).all()
        assert (target["boxes"] <= 24).all()


def test_without_a_crop_boxes_are_not_recomputed():
    picture, target = scene([(4, 8, 20, 30)], size=(48, 48))
    target["masks"][0] = 0
    kept = detection_train_transform(PLAIN, DetectionAugmentation(hflip=0))(picture, target)[1]
    assert kept["boxes"].tolist() == [[4, 8, 20, 30]]


def test_an_image_without_objects():
    image, target = detection_train_transform(PLAIN, ONE_SIZE)(*scene([]))
    assert image.shape == (3, 48, 77)
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 48, 77)
    settings = DetectionAugmentation(crop=(24, 24))
    target = detection_train_transform(PLAIN, settings)(*scene([]))[1]
    assert target["boxes"].shape == (0, 4)
    assert target["masks"].shape == (0, 24, 24)
