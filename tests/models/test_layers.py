"""CycleFC has the parameters of a linear layer and is not one."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

import cyclemlp
from cyclemlp.models import CycleFC


def _x() -> torch.Tensor:
    return torch.randn(2, 5, 4, 6)


def test_parameters_are_those_of_a_linear_layer_bit_by_bit():
    torch.manual_seed(3)
    ours, after = CycleFC(6, 7), torch.rand(1)
    torch.manual_seed(3)
    theirs = nn.Linear(6, 7)
    assert torch.equal(after, torch.rand(1))
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value)


def test_is_not_a_linear_layer():
    """Whoever replaces linear layers would compute another function: LoRA, quantization."""
    assert not issubclass(CycleFC, nn.Linear)
    network = cyclemlp.CycleMixer(8)
    linear = {name for name, module in network.named_modules() if isinstance(module, nn.Linear)}
    assert linear == {"channel", "reweight.fc1", "reweight.fc2", "proj"}


def test_without_bias():
    layer: Any = CycleFC(6, 7, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    x = _x()
    torch.testing.assert_close(layer(x), cyclemlp.cycle_fc_reference(x, layer.weight))


def test_shows_its_settings():
    assert repr(CycleFC(6, 7, stepsize=(3, 1))) == (
        "CycleFC(in_features=6, out_features=7, bias=True, stepsize=(3, 1), phase='released')"
    )


def _pruned(layer: Any) -> torch.Tensor:
    prune.l1_unstructured(layer, "weight", amount=0.5)
    assert (layer.weight == 0).float().mean() == 0.5
    return layer.weight


def _normed(layer: Any) -> torch.Tensor:
    parametrizations.weight_norm(layer, "weight", dim=0)
    with torch.no_grad():
        layer.parametrizations.weight.original0 *= 2
    return layer.weight


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("change", [_pruned, _normed])
@pytest.mark.parametrize("train", [True, False])
def test_pruning_and_weight_norm_change_the_weight_that_is_used(change, train):
    layer: Any = CycleFC(6, 7)
    x = _x()
    weight = change(layer)
    with torch.set_grad_enabled(train):
        y = layer(x)
    torch.testing.assert_close(y, cyclemlp.cycle_fc_reference(x, weight, layer.bias))


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("change", [_pruned, _normed])
def test_a_mixer_with_such_a_branch_uses_it(change):
    mixer: Any = cyclemlp.CycleMixer(6, fusion="sum").double().eval()
    x = torch.randn(1, 9, 8, 6).double()
    weight = change(mixer.width)
    same: Any = cyclemlp.CycleMixer(6, fusion="sum").double().eval()
    state = {k: v for k, v in mixer.state_dict().items() if k in same.state_dict()}
    same.load_state_dict(state | {"width.weight": weight.detach()})
    with torch.no_grad():
        torch.testing.assert_close(mixer(x), same(x), atol=1e-12, rtol=0)
