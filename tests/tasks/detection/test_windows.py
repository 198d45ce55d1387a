"""Windows over a large image find each object once, with its whole box."""

import pytest
import torch
from torch import nn

from cyclemlp.tasks.detection.task import Detection, InstanceSegmentation
from cyclemlp.tasks.detection.windows import window_objects


class Coloured(nn.Module):
    """Finds the bounding box of each value above 0 in a window."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def forward(self, images):
        self.seen = max(self.seen, images.numel())
        return [self._found(image[0]) for image in images]

    def _found(self, plane):
        boxes, labels = [], []
        for color in plane.unique().tolist():
            if color:
                rows, columns = (plane == color).nonzero(as_tuple=True)
                boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
                labels.append(int(color) % 3)
        return {
            "boxes": torch.tensor(boxes, dtype=torch.float32).view(-1, 4),
            "labels": torch.tensor(labels, dtype=torch.int64),
            "scores": torch.linspace(1, 0.5, len(boxes)),
        }


@pytest.mark.parametrize("size", [(100, 300), (40, 40), (333, 96), (200, 200)])
@pytest.mark.parametrize("overlap", [0.25, 0.5])
def test_every_object_is_found_once_and_whole(size, overlap):
    image = torch.zeros(3, *size)
    generator = torch.Generator().manual_seed(1)
    boxes = []
    for color in range(1, 60):
        side = torch.randint(4, 16, (2,), generator=generator)  # smaller than the overlap
        top, left = (
            (torch.rand(2, generator=generator) * (torch.tensor(size) - side)).int()
        ).tolist()
        height, width = side.tolist()
        area = image[:, max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2]
        if area.any():
            continue
        image[:, top : top + height, left : left + width] = color
        boxes.append((left, top, left + width, top + height, color % 3))
    assert len(boxes) > 5
    network = Coloured()
    found = window_objects(network, image, 64, overlap, 0.5, 100)
    numbers = torch.cat([found["boxes"].int(), found["labels"][:, None].int()], 1)
    assert sorted(map(tuple, numbers.tolist())) == sorted(boxes)
    assert found["size"].tolist() == list(size)
    assert network.seen <= 4 * 3 * 64 * 64  # at most four windows per forward pass


def test_an_object_larger_than_the_overlap_is_found_in_parts():
    image = torch.zeros(3, 64, 200)
    image[:, 20:40, 30:190] = 5
    found = window_objects(Coloured(), image, 64, 0.25, 0.5, 100)
    assert len(found["boxes"]) >= 2
    assert found["boxes"][:, 0].min() == 30
    assert found["boxes"][:, 2].max() == 190


def test_the_objects_with_the_highest_scores_are_kept():
    image = torch.zeros(3, 64, 200)
    image[:, 5:10, 5:10], image[:, 5:10, 150:155] = 3, 4
    assert len(window_objects(Coloured(), image, 64, 0.25, 0.5, 1)["scores"]) == 1


def test_one_window_gives_the_objects_of_the_whole_image():
    for kind in (Detection, InstanceSegmentation):
        settings = {"channels": 32, "min_score": 0.0, "max_objects": 20}
        task = kind(("ant", "bee"), **settings)
        network = task.build("cyclemlp_nano").eval()
        image = torch.randn(3, 60, 90)
        with torch.inference_mode():
            (whole,) = task.infer(network, [image])
            windows = kind(("ant", "bee"), window=96, **settings)
            (joined,) = windows.infer(network, [image])
        torch.testing.assert_close(joined, whole)
        assert windows.batching.images_at_once(8) == 1
