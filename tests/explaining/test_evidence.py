"""The evidence for a score, at layers of every layout."""

from typing import Any

import pytest
import timm
import torch
from captum.attr import LayerGradCam
from torch import nn

from cyclemlp.explaining.evidence import evidence
from cyclemlp.explaining.grids import over_image, summed
from cyclemlp.explaining.places import Place, at_stage, named, stages


def _noise(side):
    return torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))


def _network(name, **args):
    torch.manual_seed(0)
    network: Any = timm.create_model(name, num_classes=3, **args).eval()
    nn.init.normal_(network.get_classifier().weight)  # of some it is 0 before training
    return network


def test_before_a_mean_and_a_linear_layer_it_is_grad_cam():
    network, image = _network("test_resnet").double(), _noise(64).double()
    place = stages(network, network)[-1]
    found = evidence(lambda x: network(x)[:, 1], image, [place], (64, 64))
    theirs: Any = LayerGradCam(network, place.module).attribute(image, target=1)
    expected = over_image(theirs[0, 0], (64, 64), (64, 64)).detach()
    assert found is not None
    ours = found[1].double()
    # Grad-CAM takes the mean of the gradient over positions, not its sum: only the scale differs.
    torch.testing.assert_close(
        ours / ours.abs().max(), expected / expected.abs().max(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "side", "args"),
    [
        ("cyclemlp_nano", 64, {}),
        ("test_vit", 160, {}),
        ("mixer_s32_224", 128, {"img_size": 128}),
        ("resmlp_12_224", 64, {"img_size": 64}),
        ("gmlp_ti16_224", 64, {"img_size": 64}),
        (
            "swin_tiny_patch4_window7_224",
            64,
            {"img_size": 64, "depths": (1, 1), "num_heads": (3, 6)},
        ),
    ],
)
def test_every_layout_gives_a_map_of_the_image(name, side, args):
    network = _network(name, **args)
    places = stages(network, network)
    prefix = getattr(network, "num_prefix_tokens", 0)
    found = evidence(lambda x: network(x)[:, 0], _noise(side), places, (side, side), prefix)
    assert found is not None
    place, plane = found
    assert plane.shape == (side, side)
    assert plane.abs().max() > 0
    # A class token reads the positions before the last block only; two positions are too few.
    assert place == places[{"test_vit": -2, "cyclemlp_nano": -2}.get(name, -1)]


class _Corner(nn.Module):
    """Three classes, each the value of a channel; class 0 sees the upper left quarter only."""

    def __init__(self, last):
        super().__init__()
        self.maps, self.last = nn.Identity(), last

    def forward(self, x):
        x = self.maps(x.movedim(1, -1) if self.last else x)
        x = x.movedim(-1, 1) if self.last else x
        return x[:, :, : x.shape[2] // 2, : x.shape[3] // 2].mean((2, 3))


@pytest.mark.parametrize("last", [False, True])
def test_the_evidence_is_where_the_score_comes_from(last):
    network, image = _Corner(last), torch.ones(1, 3, 8, 12)
    found = evidence(lambda x: network(x)[:, 0], image, named(network, "maps"), (8, 12))
    assert found is not None
    expected = torch.zeros(8, 12)
    expected[:4, :6] = 1 / 24
    torch.testing.assert_close(found[1], expected)


def test_tokens_without_a_position_are_left_out():
    tokens = torch.arange(14.0)[None, :, None]
    plane = summed(tokens, (30, 40), None, 2)
    assert plane is not None
    assert plane.tolist() == [[2, 3, 4, 5], [6, 7, 8, 9], [10, 11, 12, 13]]
    assert summed(torch.zeros(1, 11, 4), (30, 40), None, 0) is None
    assert summed(torch.zeros(1, 11), (30, 40), None, 0) is None


def test_padding_at_the_right_and_bottom_is_cut_off():
    plane = over_image(torch.eye(2), (8, 8), (4, 8))
    assert plane.shape == (4, 8)
    assert plane[0].tolist() == sorted(plane[0].tolist(), reverse=True)


def test_a_layer_without_positions_or_calls_is_refused():
    network = _network("test_resnet")

    def score(x):
        return network(x)[:, 0]

    with pytest.raises(ValueError, match="the output of layer 'fc' has no positions"):
        evidence(score, _noise(64), named(network, "fc"), (64, 64))
    with pytest.raises(ValueError, match="layer 'unused' gives no gradient of the score"):
        evidence(score, _noise(64), [Place("unused", nn.Identity())], (64, 64))
    with pytest.raises(ValueError, match="no layer 'layer5'; it has layer"):
        named(network, "layer5")
    with pytest.raises(ValueError, match=r"--stage is a number from 1.* to 5.*; got 9"):
        at_stage(stages(network, network), 9)


def test_a_score_that_depends_on_no_layer_has_no_evidence():
    network = _Corner(last=False)
    found = evidence(lambda x: 0 * network(x)[:, 0], _noise(8), named(network, "maps"), (8, 8))
    assert found is None


def test_of_layers_that_all_have_few_positions_the_last_is_used():
    network = _network("mixer_s32_224", img_size=64)
    places = stages(network, network)
    found = evidence(lambda x: network(x)[:, 0], _noise(64), places, (64, 64))
    assert found is not None
    assert found[0] == places[-1]
