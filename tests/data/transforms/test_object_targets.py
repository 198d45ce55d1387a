import pytest
import torch
from torchvision.ops import masks_to_boxes

from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.transforms.detect import (
    DetectionAugmentation,
    detection_train_transform,
)
from cyclemlp.data.transforms.object_targets import PER_OBJECT

from .dense_data import PLAIN, scene


@pytest.mark.parametrize("masks", [True, False])
def test_after_a_crop_boxes_are_recomputed_from_masks(masks):
    """An L, of which most crops of its box contain nothing, a square, and a crowd."""
    picture, target = scene([(0, 0, 48, 48), (36, 4, 44, 12), (0, 0, 48, 48)], (2,), size=(48, 48))
    target["masks"][0, :40, 6:] = 0
    if not masks:
        del target["masks"]
    transform = detection_train_transform(PLAIN, DetectionAugmentation(crop=(24, 24)))
    counts = set()
    for seed in range(30):
        with seeded(seed):
            kept = transform(picture, target)[1]
        counts.add(tuple(kept["labels"].tolist()))
        if masks:
            assert kept["masks"].flatten(1).any(1).all()
            found = masks_to_boxes(kept["masks"]) + torch.tensor([0, 0, 1, 1])
            assert torch.equal(kept["boxes"], found)
            assert kept["boxes"].dtype == torch.float32
        assert {len(kept[name]) for name in (*PER_OBJECT, "boxes")} == {len(kept["labels"])}
    assert counts == ({(), (0,), (1,)} if masks else {(0,), (0, 1)})
