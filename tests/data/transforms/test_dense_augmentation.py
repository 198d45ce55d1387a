import pytest
import torch

from cyclemlp.data.transforms.detect import (
    DetectionAugmentation,
    detection_eval_transform,
)
from cyclemlp.data.transforms.segment import (
    SegmentationAugmentation,
    segmentation_eval_transform,
)

from .dense_data import PLAIN, scene, street


def test_evaluation_keeps_the_size_of_targets():
    picture, mask = street()
    image, same = segmentation_eval_transform(PLAIN)(picture, mask)
    assert image.shape == (3, 48, 77)
    assert torch.equal(same, mask.long())
    assert torch.equal(segmentation_eval_transform(PLAIN)(picture), image)
    picture, target = scene([(4, 8, 20, 30)], crowd=(0,))
    image, kept = detection_eval_transform(PLAIN)(picture, target)
    assert image.shape == (3, 48, 77)
    assert kept["boxes"].tolist() == [[4, 8, 20, 30]]
    assert kept["size"] == (40, 64)
    assert kept["masks"].shape == (1, 40, 64)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"scale": (2, 1)}, r"augment\.scale is \(low, high\), above 0, got 2, 1"),
        ({"hflip": 2}, r"augment\.hflip is in 0\.\.1, got 2"),
        ({"max_share": 0}, r"augment\.max-share is above 0 and at most 1, got 0"),
        ({"crop": (0, 4)}, r"augment\.crop is \(height, width\) in pixels, got \(0, 4\)"),
        ({"min_size": 0.5}, r"augment\.min-size is at least 1, got 0\.5"),
        ({"short_sides": (0,)}, r"augment\.short-sides and --augment\.repeats are at least 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        (DetectionAugmentation if "min_size" in settings else SegmentationAugmentation)(**settings)
