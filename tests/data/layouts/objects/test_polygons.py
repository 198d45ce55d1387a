import pytest
import torch

from cyclemlp.data.layouts.finding import open_detection

from ..coco_data import POLYGON, box, write

RUNS = {"size": [20, 30], "counts": [20 * 4 + 5, 6, 14, 6, 494 - 5]}  # columns 4, 5; rows 5 to 10

PACKED = {"size": [20, 30], "counts": "e26>0k>"}  # the same, compressed by pycocotools


@pytest.mark.parametrize("shape", [POLYGON, RUNS, PACKED])
def test_masks(tmp_path, shape):
    write(tmp_path, [box(1, 0, 3, 4, 5, 10, 6, segmentation=shape)])
    split = open_detection(str(tmp_path), "train", masks=True)
    masks = split[0].target["masks"]
    assert masks.shape == (1, 20, 30)
    width = 10 if shape is POLYGON else 2
    expected = torch.zeros(20, 30, dtype=torch.uint8)
    expected[5:11, 4 : 4 + width] = 1
    assert torch.equal(masks[0], expected)
    assert split[1].target["masks"].shape == (0, 20, 30)
