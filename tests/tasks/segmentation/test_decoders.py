from typing import Any

import pytest
import torch
from torch import nn

from cyclemlp.tasks.segmentation.task import Segmentation

from .settings import CLASSES, TINY


@pytest.mark.parametrize(
    ("decoder", "decoder_args", "size"),
    [
        ("unet", {"decoder_channels": [32, 16, 16, 8, 8]}, (40, 50)),
        ("pan", {}, (225, 250)),  # its decoder halves the coarsest map three more times
    ],
)
def test_other_decoders_can_be_chosen_by_name(decoder, decoder_args, size):
    task = Segmentation(CLASSES, decoder=decoder, decoder_args=decoder_args)
    network = task.build("cyclemlp_nano", **TINY).eval()
    assert network(torch.randn(1, 3, *size)).shape[-2:] == size


@pytest.mark.parametrize(
    ("settings", "model", "message"),
    [
        ({"decoder": "dpt", "auxiliary": 0.4}, "cyclemlp_nano", "stride 16, which decoder 'dpt'"),
        (
            {"decoder": "pspnet", "auxiliary": 0.4},
            "cyclemlp_nano",
            "remove auxiliary",
        ),
        ({"decoder": "fpm"}, "cyclemlp_nano", "no decoder 'fpm'; the decoders are: .*fpn"),
        ({"decoder_args": {"width": 3}}, "cyclemlp_nano", "'fpn' cannot be built .*width"),
        (
            {},
            "vit_tiny_patch16_224",
            "strides 4, 8, 16 and 32, and 'vit_tiny_patch16_224' gives 16",
        ),
        ({}, "cyclemlp_nona", "no model 'cyclemlp_nona' .* did you mean cyclemlp_nano"),
    ],
)
def test_the_error_explains_why_a_network_cannot_be_built(settings, model, message):
    with pytest.raises(ValueError, match=message):
        Segmentation(CLASSES, **settings).build(model)


@pytest.mark.parametrize("decoder", ["fpn", "upernet", "segformer", "pspnet"])
def test_upsampling_keeps_pixel_centres(decoder):
    network = Segmentation(CLASSES, decoder=decoder).build("cyclemlp_nano").network
    centres = (torch.arange(8) + 0.5).expand(1, 1, 8, 8)
    enlarging: list[Any] = [
        module for module in network.modules() if isinstance(module, nn.Upsample)
    ]
    assert enlarging
    for module in enlarging:
        factor = int(module.scale_factor)
        found = factor * module(centres)[0, 0, 0]
        inner = slice(factor, -factor)  # interpolation is constant outside of the outermost centres
        torch.testing.assert_close(found[inner], (torch.arange(8 * factor) + 0.5)[inner])
    assert not any(getattr(module, "upsample", False) is True for module in network.modules())
