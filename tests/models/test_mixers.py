"""The mixers to compare with: what they see, their sizes, and equal numbers of parameters."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch

from cyclemlp.models.channel import ChannelMixer
from cyclemlp.models.mixer import CycleMixer
from cyclemlp.models.spatial import SpatialMixer, resize_spatial
from cyclemlp.ops import cycle_fc

MIXERS: dict[str, dict[str, Any]] = {
    "cycle": {},
    "channel": {},
    "spatial": {"img_size": 64},
    "axial": {"stepsize": 5},
}


def _nano(mixer: str, **kwargs: Any) -> Any:
    torch.manual_seed(0)
    arguments = {"mixer": mixer, "num_classes": 10, **MIXERS[mixer], **kwargs}
    return timm.create_model("cyclemlp_nano", **arguments).eval()


def _parameters(network: Any) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("model", "mixer", "arguments"),
    [
        ("cyclemlp_nano", "channel", {}),
        ("cyclemlp_nano", "axial", {}),
        ("cyclemlp_nano", "spatial", {"img_size": 64}),
        ("cyclemlp_nano", "spatial", {"img_size": 96}),
        ("cyclemlp_nano", "cycle", {"stepsize": (3, 3)}),
        ("cyclemlp_b2", "spatial", {}),
        ("cyclemlp_tiny", "axial", {"stepsize": 7}),
    ],
)
def test_parameters_are_equal_within_one_percent(model, mixer, arguments):
    ours = timm.create_model(model, mixer=mixer, device="meta", **arguments)
    theirs = timm.create_model(model, device="meta")
    assert _parameters(ours) == pytest.approx(_parameters(theirs), rel=0.01)


def test_widths_are_the_given_ones_without_equal_params():
    model = _nano("spatial", img_size=128, equal_params=False)
    assert [s.blocks[0].mlp.fc1.out_features for s in model.stages] == [128, 256, 384, 512]


@pytest.mark.parametrize("mixer", MIXERS)
def test_networks_train_and_give_a_pyramid(mixer):
    model = _nano(mixer).train()
    model(torch.randn(2, 3, 64, 64)).square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    features = _nano(mixer, features_only=True)(torch.randn(1, 3, 64, 64))
    assert [tuple(f.shape[1:]) for f in features] == [
        (32, 16, 16), (64, 8, 8), (96, 4, 4), (128, 2, 2)
    ]  # fmt: skip


def _seen(mixer: Any) -> int:
    """The number of positions that the centre of a map depends on."""
    x = torch.randn(1, 9, 9, 12, requires_grad=True)
    (slope,) = torch.autograd.grad(mixer(x)[0, 4, 4].sum(), x)
    return int((slope.abs().sum(3) > 0).sum())


def test_what_each_mixer_sees():
    assert _seen(ChannelMixer(12)) == 1
    assert _seen(SpatialMixer(12, (9, 9))) == 81
    assert _seen(CycleMixer(12, 5, "sum")) == 9  # a cross
    assert _seen(CycleMixer(12, (3, 3), "sum")) == 9  # a square


def test_a_two_dimensional_stepsize_has_two_such_branches():
    mixer: Any = CycleMixer(9, (3, 3), "sum")
    x = torch.randn(2, 5, 6, 9)
    branches = [cycle_fc(x, b.weight, b.bias, (3, 3)) for b in (mixer.width, mixer.height)]
    expected = mixer.proj(branches[0] + branches[1] + mixer.channel(x))
    torch.testing.assert_close(mixer(x), expected)


def test_a_spatial_fc_mixes_each_channel_alike():
    mixer = SpatialMixer(3, (2, 4))
    x = torch.randn(2, 2, 4, 3)
    mixed = torch.einsum("pq,bqc->bpc", mixer.positions.weight, x.flatten(1, 2))
    mixed = (mixed + mixer.positions.bias[:, None]).view_as(x)
    torch.testing.assert_close(mixer(x), mixer.proj(mixed))


def test_a_spatial_fc_refuses_another_size_until_it_is_resized():
    model = _nano("spatial")
    with pytest.raises(ValueError, match=r"images of 64x64 pixels; received 96x64.*resize_spatial"):
        model(torch.zeros(1, 3, 96, 64))
    expected = model(torch.ones(1, 3, 64, 64))
    resize_spatial(model, 64)
    assert torch.equal(model(torch.ones(1, 3, 64, 64)), expected)
    resize_spatial(model, (96, 64))
    assert model(torch.zeros(1, 3, 96, 64)).shape == (1, 10)
    with pytest.raises(ValueError, match="96x64 pixels; received 64x64"):
        model(torch.zeros(1, 3, 64, 64))


def test_resizing_keeps_the_mean_over_the_map():
    mixer = SpatialMixer(4, (4, 4))
    with torch.no_grad():
        mixer.positions.weight.fill_(1 / 16)
        mixer.positions.bias.zero_()
    mixer.resize((6, 8))
    torch.testing.assert_close(mixer.positions.weight, torch.full((48, 48), 1 / 48))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mixer": "spatial"}, r"parameters, more than.*smaller img_size \(the default is 224\)"),
        ({"mixer": "spatial", "img_size": 20}, "at least 32 pixels.*received 20"),
        ({"mixer": "spatial", "img_size": "64"}, "img_size must be a side.*received '64'"),
        ({"img_size": 64}, "img_size is for mixer='spatial'.*Remove img_size=64"),
        ({"mixer": "axial", "stepsize": (3, 3)}, r"one stepsize.*received \(3, 3\)"),
        ({"mixer": "axial", "stepsize": 0}, "shift_size must be a positive integer"),
        ({"stepsize": (3, 0)}, "two positive integers"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        timm.create_model("cyclemlp_nano", **arguments)


def test_resizing_needs_a_spatial_fc():
    with pytest.raises(ValueError, match="received CycleMLP without spatial FCs"):
        resize_spatial(_nano("cycle"), 64)
