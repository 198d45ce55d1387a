"""segmentation_models_pytorch finds the models as `tu-cyclemlp_*`, its decoders train on them."""

from __future__ import annotations

import inspect

import pytest
import segmentation_models_pytorch as smp
import torch
from torch import nn

import cyclemlp  # noqa: F401  registers the models

# DeepLab's decoders want a dilated encoder of stride 8 or 16, which CycleMLP is not.
DILATED = {"deeplabv3", "deeplabv3plus"}
SIZES = {"pan": (256, 288)}  # it pools stride 32 three times more
ARCHITECTURES = smp.MODEL_ARCHITECTURES_MAPPING


def _build(decoder: str) -> nn.Module:
    options = {"encoder_name": "tu-cyclemlp_nano", "encoder_weights": None, "classes": 4}
    if "encoder_output_stride" in inspect.signature(ARCHITECTURES[decoder]).parameters:
        options["encoder_output_stride"] = 32
    return smp.create_model(decoder, **options)


@pytest.mark.parametrize("decoder", sorted(set(ARCHITECTURES) - DILATED))
def test_decoder_trains_and_gives_the_images_size(decoder: str) -> None:
    height, width = SIZES.get(decoder, (64, 96))
    network = _build(decoder)
    masks = network(torch.randn(2, 3, height, width))
    assert masks.shape == (2, 4, height, width)
    masks.square().mean().backward()
    stem = [p.grad for name, p in network.named_parameters() if "stem" in name]
    assert stem
    assert all(grad is not None and grad.isfinite().all() and grad.any() for grad in stem)


@pytest.mark.parametrize("decoder", sorted(DILATED))
def test_dilated_decoders_refuse_stride_32_themselves(decoder: str) -> None:
    with pytest.raises(ValueError, match="support output stride 8 or 16, got 32"):
        _build(decoder)


def test_encoder_is_the_pyramid() -> None:
    encoder = smp.encoders.get_encoder("tu-cyclemlp_nano", weights=None)
    image = torch.randn(1, 3, 64, 96)
    features = encoder(image)
    assert [f.shape[1] for f in features] == encoder.out_channels
    assert [tuple(f.shape[2:]) for f in features[2:]] == [(16, 24), (8, 12), (4, 6), (2, 3)]
