import pytest
import torch

from cyclemlp.tasks import create_task
from cyclemlp.tasks.detection.network import Detector
from cyclemlp.tasks.detection.settings import DetectorSettings

from .targets import CLASSES, a_target

MASK_RCNN = DetectorSettings("mask_rcnn")


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
    # the heads have torchvision's sizes: 80 classes; two-stage detectors add the background
    retina = Detector("cyclemlp_nano", 80).network
    assert retina.head.classification_head.cls_logits.out_channels == 9 * 80
    mask = Detector("cyclemlp_nano", 80, MASK_RCNN).network.roi_heads
    assert mask.box_predictor.cls_score.out_features == 81
    assert (mask.box_head.fc6.in_features, mask.box_head.fc6.out_features) == (256 * 49, 1024)


@pytest.mark.parametrize("detector", ["retinanet", "faster_rcnn"])
def test_half_precision_does_not_round_boxes(detector):
    """Coordinates above 256 keep more precision than bfloat16 has."""
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
