import hashlib

import numpy as np
import torch
from torchvision.ops import masks_to_boxes

from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.data.generated.shapes import SHAPES
from cyclemlp.data.layouts.finding import open_detection, open_segmentation
from cyclemlp.data.report.inspecting import inspect_splits


def digest(root) -> str:
    files = sorted(file for file in root.rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def test_masks_and_boxes_agree(tmp_path):
    root = write_scenes(tmp_path / "a", train=6, val=3, size=(96, 120))
    assert digest(root) == digest(write_scenes(tmp_path / "b", train=6, val=3, size=(96, 120)))
    for split, count in (("train", 6), ("val", 3)):
        pixels = open_segmentation(str(root), split)
        objects = open_detection(str(root), split, masks=True)
        assert pixels.classes == ("ground", *objects.classes) == ("ground", *SHAPES)
        assert len(pixels) == len(objects) == count
        assert len(pixels.colors) == 5
        assert inspect_splits({split: pixels}).ok
        assert inspect_splits({split: objects}).ok
        for index in range(count):
            target = objects[index].target
            drawn = (target["masks"] * (target["labels"] + 1).view(-1, 1, 1)).sum(0)
            assert torch.equal(drawn.int(), pixels[index].target.int())
            edges = masks_to_boxes(target["masks"]) + torch.tensor([0, 0, 1, 1])
            assert torch.equal(edges, target["boxes"].as_subclass(torch.Tensor))
            assert target["area"].tolist() == target["masks"].sum((1, 2)).tolist()


def test_color_mostly_determines_the_class():
    """The color of an object varies around its class's color, and may be nearer to another's."""
    colors, labels = [], []
    for number in range(60):
        picture = draw_scene((64, 80), (7, number))
        colors += [picture.pixels[mask].mean(0) for mask in picture.masks]
        labels += picture.labels
    of_class = np.array(labels)
    means = np.array([np.mean(np.array(colors)[of_class == i], axis=0) for i in range(len(SHAPES))])
    nearest = np.linalg.norm(np.array(colors)[:, None] - means, axis=2).argmin(1)
    assert 0.8 < (nearest == of_class).mean() < 1


def test_at_least_half_of_each_object_is_visible():
    for number in range(20):
        picture = draw_scene((64, 80), (3, number))
        assert 1 <= len(picture.labels) == len(picture.masks) <= 6
        assert (picture.masks.sum(0) <= 1).all()
        assert min(mask.sum() for mask in picture.masks) > 0.0015 * 64 * 80
