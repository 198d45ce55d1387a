from typing import Any

import pytest
import torch
from torchvision.models.detection.image_list import ImageList

from cyclemlp.tasks.detection.task import Detection


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_anchors_have_their_levels_stride_at_any_image_size(dtype):
    network: Any = Detection(["a"], channels=32).build("cyclemlp_nano").network
    image = torch.empty(1, 3, 320, 448)
    strides = (8, 16, 32, 64, 128)
    maps = [torch.empty(1, 32, -(-320 // s), -(-448 // s), dtype=dtype) for s in strides]
    (anchors,) = network.anchor_generator(ImageList(image, [(320, 448)]), maps)
    assert anchors.dtype == torch.float32
    per_cell = network.anchor_generator.num_anchors_per_location()[0]
    centres = (anchors[::per_cell, :2] + anchors[::per_cell, 2:]) / 2
    expected = [
        torch.cartesian_prod(torch.arange(one.shape[2]), torch.arange(one.shape[3])).flip(1) * s
        for s, one in zip(strides, maps, strict=True)
    ]
    torch.testing.assert_close(centres, torch.cat(expected).float(), atol=0.5, rtol=0)
