import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.tasks.detection.prediction import DetectionPrediction

from .predictions import LOOK, prediction


@pytest.mark.parametrize("size", [(1, 1), (24, 30), (480, 640), (40, 1500), (1500, 40)])
@pytest.mark.parametrize("masks", [True, False])
def test_drawing_keeps_the_aspect_ratio(size, masks):
    image = Image.new("RGB", (size[1], size[0]), (90, 90, 90))
    made = prediction(size, masks, threshold=0.0)
    drawn = made.draw(image)
    factor = drawn.width // image.width
    assert (drawn.width, drawn.height) == (image.width * factor, image.height * factor)
    assert drawn.width >= 160 or drawn.width == size[1]
    colors = {color for _, color in drawn.getcolors(drawn.width * drawn.height)}
    assert LOOK.colors[1] in colors or LOOK.colors[0] in colors
    assert image.getcolors() == [(size[0] * size[1], (90, 90, 90))]


def test_labels_are_inside_the_image_at_every_edge():
    """The background and the text of a label are visible at any position of the box."""
    for box in ([0, 0, 20, 20], [380, 0, 400, 20], [0, 280, 30, 300], [370, 290, 400, 300]):
        found = {
            "boxes": torch.tensor([box], dtype=torch.float32),
            "labels": torch.tensor([0]),
            "scores": torch.tensor([1.0]),
            "size": torch.tensor([300, 400]),
        }
        drawn = DetectionPrediction.of(found, (300, 400), LOOK).draw(Image.new("RGB", (400, 300)))
        pixels = np.asarray(drawn)
        assert (pixels == LOOK.colors[0]).all(2).sum() > 200
        assert (pixels.min(2) > 150).sum() > 20


def boxes_drawn(boxes, labels, scores, size=(200, 300)):
    """Return which of the boxes have pixels of their class's color on their left edge."""
    found = {
        "boxes": torch.tensor(boxes, dtype=torch.float32),
        "labels": torch.tensor(labels),
        "scores": torch.tensor(scores),
        "size": torch.tensor(size),
    }
    drawn = DetectionPrediction.of(found, size, LOOK).draw(Image.new("RGB", (size[1], size[0])))
    pixels, factor = np.asarray(drawn), drawn.width // size[1]
    edges = [pixels[factor * (y + 40), factor * x] for x, y, *_ in boxes]
    return [tuple(edge) == LOOK.colors[label] for edge, label in zip(edges, labels, strict=True)]


def test_several_boxes_of_one_object_are_drawn_once():
    same = [[20, 20, 120, 120], [24, 20, 120, 116], [30, 22, 118, 120], [200, 20, 280, 120]]
    assert boxes_drawn(same, [0, 1, 0, 1], [0.9, 0.8, 0.7, 0.6]) == [True, False, False, True]
