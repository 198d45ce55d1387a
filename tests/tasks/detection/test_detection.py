"""Detection and instance segmentation: what the contract asks, and what is theirs alone."""

from typing import Any

import pytest
import torch
from torchvision.models.detection.image_list import ImageList

from cyclemlp.tasks import create_task
from cyclemlp.tasks.detection.network import Detector
from cyclemlp.tasks.detection.settings import DetectorSettings
from cyclemlp.tasks.detection.task import Detection, InstanceSegmentation

from ..contract import DenseTaskContract

CLASSES = ("ant", "bee", "cat")
MASK_RCNN = DetectorSettings("mask_rcnn")
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


def a_target(*boxes, size=(64, 64)):
    masks = torch.zeros(len(boxes), *size, dtype=torch.uint8)
    for mask, (left, top, right, bottom) in zip(masks, boxes, strict=True):
        mask[top:bottom, left:right] = 1
    return {
        "boxes": torch.tensor(boxes, dtype=torch.float32).view(-1, 4),
        "labels": torch.arange(len(boxes)) % len(CLASSES),
        "masks": masks,
    }


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


def test_the_published_networks():
    """PVT's settings: 256 channels; RetinaNet from stride 8, the others from stride 4."""
    maps = Detector("cyclemlp_nano", 80).network.backbone(torch.zeros(1, 3, 128, 192))
    assert [tuple(m.shape[1:]) for m in maps.values()] == [
        (256, 16, 24), (256, 8, 12), (256, 4, 6), (256, 2, 3), (256, 1, 2)
    ]  # fmt: skip
    maps = Detector("cyclemlp_nano", 80, MASK_RCNN).network.backbone(torch.zeros(1, 3, 128, 192))
    assert [tuple(m.shape[1:]) for m in maps.values()] == [
        (256, 32, 48), (256, 16, 24), (256, 8, 12), (256, 4, 6), (256, 2, 3)
    ]  # fmt: skip
    # as large as torchvision's own, less the backbones: 80 classes, and background beside them
    retina = Detector("cyclemlp_nano", 80).network
    assert retina.head.classification_head.cls_logits.out_channels == 9 * 80
    mask = Detector("cyclemlp_nano", 80, MASK_RCNN).network.roi_heads
    assert mask.box_predictor.cls_score.out_features == 81
    assert (mask.box_head.fc6.in_features, mask.box_head.fc6.out_features) == (256 * 49, 1024)


@pytest.mark.parametrize("detector", ["retinanet", "faster_rcnn"])
def test_a_detector_learns_labels_and_places(detector):
    """Two objects of classes 0 and 2 are found where they are, under these numbers."""
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


@pytest.mark.parametrize("detector", ["retinanet", "faster_rcnn"])
def test_half_precision_keeps_boxes_exact(detector):
    """Anchors and boxes far from the corner are not rounded to bfloat16's eight bits."""
    task = create_task("detect", CLASSES, (), {"detector": detector, "channels": 32} | {
        "min_score": 0.0, "max_objects": 300
    })  # fmt: skip
    network = task.build("cyclemlp_nano").eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        (found,) = task.infer(network, [torch.randn(3, 64, 640)])
    assert found["boxes"].dtype == found["scores"].dtype == torch.float32
    beyond = found["boxes"][found["boxes"][:, 0] > 300, 0]
    assert len(beyond) > 10
    assert (beyond != beyond.bfloat16()).any()
    network.train()
    with torch.autocast("cpu", torch.bfloat16):
        losses = task.losses(network, [torch.randn(3, 64, 64)], [a_target((4, 8, 36, 32))])
    assert all(loss.dtype == torch.float32 and loss.isfinite() for loss in losses.values())


def test_half_precision_of_a_map_of_one_pixel_has_finite_gradients():
    """torch's strided convolutions give uninitialised memory there, on some CPUs, sometimes."""
    network = Detection(CLASSES, channels=32).build("cyclemlp_nano").train()
    pyramid = network.network.backbone
    for _ in range(10):
        pyramid.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            maps = pyramid(torch.randn(2, 3, 64, 64))
        assert maps["p7"].dtype == torch.float32
        torch.stack([one.float().sum() for one in maps.values()]).sum().backward()
        assert all(p.grad.isfinite().all() for p in pyramid.fpn.parameters())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_anchors_lie_at_their_levels_strides_whatever_the_images_size(dtype):
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


def test_limits_are_those_of_whoever_asks():
    """A loaded bundle's network takes the settings of the task that predicts."""
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
        ({"channels": 48}, "channels is a multiple of 32, got 48"),
        ({"anchor_scale": 0}, "anchor_scale is above 0, got 0"),
        ({"category_ids": [1, 2]}, "for each of the 3 classes; got 2"),
        ({"min_score": 2.0}, r"min_score is in 0\.\.1, got 2\.0"),
        ({"regions": 0}, "regions is at least 1, got 0"),
        ({"max_objects": 0}, "max_objects is at least 1, got 0"),
        ({"window": 16}, "window is at least 32 pixels, got 16"),
        ({"overlap": 1.0}, r"overlap is at least 0 and below 1, got 1\.0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Detection(CLASSES, **settings)


def test_instance_segmentation_has_mask_rcnn_alone():
    assert InstanceSegmentation(CLASSES).network_settings["detector"] == "mask_rcnn"
    with pytest.raises(ValueError, match="has the detectors mask_rcnn; got 'retinanet'"):
        InstanceSegmentation(CLASSES, detector="retinanet")
