"""Detection and instance segmentation: the contract of dense tasks, and tests of their own."""

import pytest
import torch

from cyclemlp.tasks import create_task
from cyclemlp.tasks.detection.task import Detection, InstanceSegmentation

from ..contract import DenseTaskContract
from .targets import CLASSES, a_target

SMALL = {"channels": 32, "min_score": 0.0, "max_objects": 5}


class TestRetinaNet(DenseTaskContract):
    task_name = "detect"
    settings = SMALL


class TestFasterRCNN(DenseTaskContract):
    task_name = "detect"
    settings = SMALL | {"detector": "faster_rcnn"}


class TestMaskRCNN(DenseTaskContract):
    task_name = "instance"
    settings = SMALL | {"group_norm": True}


@pytest.mark.parametrize(
    ("name", "detector"),
    [("detect", "retinanet"), ("detect", "faster_rcnn"), ("instance", "mask_rcnn")],
)
def test_images_without_objects_train(name, detector):
    task = create_task(name, CLASSES, (), {"detector": detector, "channels": 32})
    network = task.build("cyclemlp_nano").train()
    losses = task.losses(network, [torch.randn(3, 64, 64)] * 2, [a_target(), a_target()])
    loss = torch.stack(list(losses.values())).sum()
    assert loss.isfinite()
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("detector", ["retinanet", "faster_rcnn"])
def test_a_detector_learns_labels_and_boxes(detector):
    """Objects of classes 0 and 2 are found with their labels and boxes."""
    settings = {"detector": detector, "channels": 32, "group_norm": True}
    task = create_task("detect", CLASSES, (), settings)
    network = task.build("cyclemlp_nano").train()
    image = torch.zeros(3, 64, 64)
    image[0, 8:32, 4:36], image[1, 36:60, 30:62] = 2.0, 2.0
    target = a_target((4, 8, 36, 32), (30, 36, 62, 60))
    target["labels"] = torch.tensor([0, 2])
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(60):
        optimizer.zero_grad()
        torch.stack(list(task.losses(network, [image] * 2, [target] * 2).values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    with torch.inference_mode():
        (found,) = task.infer(network.eval(), [image])
    best = {
        int(label): box for label, box in zip(found["labels"][:2], found["boxes"], strict=False)
    }
    assert best.keys() == {0, 2}
    torch.testing.assert_close(best[0], target["boxes"][0], atol=4, rtol=0)
    torch.testing.assert_close(best[2], target["boxes"][1], atol=4, rtol=0)


def test_the_limits_of_the_predicting_task_apply():
    """One network can be used by tasks with different limits."""
    task = Detection(CLASSES, channels=32)
    network = task.build("cyclemlp_nano").eval()
    image = torch.randn(3, 64, 64)
    with torch.inference_mode():
        assert len(task.infer(network, [image])[0]["scores"]) == 0
        many = Detection(CLASSES, channels=32, min_score=0.0, max_objects=7)
        assert len(many.infer(network, [image])[0]["scores"]) == 7
        assert len(task.infer(network, [image])[0]["scores"]) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"detector": "yolo"}, "has the detectors retinanet, faster_rcnn; got 'yolo'"),
        ({"detector": "mask_rcnn"}, "has the detectors retinanet, faster_rcnn; got 'mask_rcnn'"),
        ({"channels": 48}, "channels must be a multiple of 32, got 48"),
        ({"anchor_scale": 0}, "anchor_scale must be above 0, got 0"),
        ({"category_ids": [1, 2]}, "for each of the 3 classes; got 2"),
        ({"min_score": 2.0}, r"min_score must be in 0\.\.1, got 2\.0"),
        ({"regions": 0}, "regions must be at least 1, got 0"),
        ({"max_objects": 0}, "max_objects must be at least 1, got 0"),
        ({"window": 16}, "window must be at least 32 pixels, got 16"),
        ({"overlap": 1.0}, r"overlap must be at least 0 and below 1, got 1\.0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Detection(CLASSES, **settings)


def test_instance_segmentation_has_only_mask_rcnn():
    assert InstanceSegmentation(CLASSES).network_settings["detector"] == "mask_rcnn"
    with pytest.raises(ValueError, match="has the detectors mask_rcnn; got 'retinanet'"):
        InstanceSegmentation(CLASSES, detector="retinanet")
