"""Boxes in NumPy against torchvision."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import batched_nms, box_iou

from cyclemlp.runtime.decoding.anchors import grid_anchors, map_sizes
from cyclemlp.runtime.decoding.boxes import decoded
from cyclemlp.tasks.detection.anchors import create_anchors
from cyclemlp.tasks.detection.suppression import overlaps, suppressed

SEEDS = st.integers(0, 2**31)


def some_boxes(drawn, count):
    corner = drawn.random((count, 2)) * 60
    return np.concatenate([corner, corner + drawn.random((count, 2)) * 40], 1)


@given(SEEDS, st.integers(0, 60), st.floats(0.1, 0.9), st.integers(1, 60))
def test_suppression_equals_torchvisions(seed, count, iou, most):
    drawn = np.random.default_rng(seed)
    boxes, scores, labels = (
        some_boxes(drawn, count),
        drawn.random(count),
        drawn.integers(0, 3, count),
    )
    tensors = torch.from_numpy(boxes), torch.from_numpy(scores), torch.from_numpy(labels)
    expected = batched_nms(*tensors, iou)[:most]
    assert suppressed(boxes, scores, labels, iou, most).tolist() == expected.tolist()


@given(SEEDS, st.integers(1, 20))
def test_decoding_and_overlaps_equal_torchvisions(seed, count):
    drawn = np.random.default_rng(seed)
    deltas, anchors = 3 * drawn.standard_normal((count, 4)), some_boxes(drawn, count)
    pair = torch.from_numpy(deltas), torch.from_numpy(anchors)
    expected = BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(*pair).numpy()
    np.testing.assert_allclose(decoded(deltas, anchors), expected, rtol=1e-6)
    expected = box_iou(pair[1], pair[1] + 1).numpy()
    np.testing.assert_allclose(overlaps(anchors, anchors + 1), expected, atol=1e-12)


@given(st.integers(1, 300), st.integers(1, 300))
def test_anchors_equal_torchs(height, width):
    generator, finest = create_anchors(0.5, (1.0, 1.26)), 8
    padded = [-(-side // 32) * 32 for side in (height, width)]
    maps = [torch.zeros(1, 1, padded[0] // s, padded[1] // s) for s in (8, 16, 32)]
    for _ in range(2):
        maps.append(torch.nn.functional.max_pool2d(maps[-1], 1, 2))
    sizes = map_sizes((height, width), finest, 5)
    assert sizes == [tuple(one.shape[2:]) for one in maps]
    images = ImageList(torch.zeros(1, 3, *padded), [(height, width)])
    cells = [cell.numpy() for cell in generator.cell_anchors]
    ours = np.concatenate(grid_anchors(cells, sizes, finest))
    np.testing.assert_array_equal(ours, generator(images, maps)[0].numpy())
