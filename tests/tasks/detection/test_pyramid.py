import torch

from cyclemlp.tasks.detection.task import Detection

from .targets import CLASSES


def test_half_precision_of_a_map_of_one_pixel_has_finite_gradients():
    """On some CPUs, torch's strided convolutions in bfloat16 return uninitialised memory here."""
    network = Detection(CLASSES, channels=32).build("cyclemlp_nano").train()
    pyramid = network.network.backbone
    for _ in range(10):
        pyramid.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            maps = pyramid(torch.randn(2, 3, 64, 64))
        assert maps["p7"].dtype == torch.float32
        torch.stack([one.float().sum() for one in maps.values()]).sum().backward()
        assert all(p.grad.isfinite().all() for p in pyramid.fpn.parameters())
