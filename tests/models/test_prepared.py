"""Networks with packed weights compute what the originals compute."""

from __future__ import annotations

import copy
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_model

import cyclemlp
from cyclemlp.models import fast
from cyclemlp.models.layers import ConvLast
from cyclemlp.ops import backend
from cyclemlp.ops.cpu import kernels, library
from cyclemlp.tasks.common.backbones import create_network


@pytest.fixture(scope="module")
def network() -> Any:
    """The smallest network; its copies are prepared."""
    torch.manual_seed(0)
    return create_network("cyclemlp_nano").eval()


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each call of a kernel had packed weights."""
    found: list[bool] = []

    def recorded(owner: Any, name: str, is_packed: bool) -> None:
        run = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a: found.append(is_packed) or run(*a))

    recorded(kernels, "mixer", False)
    recorded(kernels, "add_feed_forward_", False)
    recorded(kernels.PackedMixer, "__call__", True)
    recorded(kernels.PackedFeedForward, "add_", True)
    return found


def _infer(network: Any, x: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return network(x)


def _image(dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, dtype=dtype)


@pytest.mark.parametrize("dtype", library.TYPES)
def test_results_are_equal_with_packed_weights(network, packed, dtype):
    x, original = _image(dtype), copy.deepcopy(network).to(dtype)
    expected = _infer(original, x)
    packed.clear()
    prepared = cyclemlp.prepare(original)
    for _ in range(2):
        assert torch.equal(_infer(prepared, x), expected)
    assert all(packed)
    assert bool(packed) == (library.find(dtype).missing == "")


def test_strided_convolutions_get_the_layout_of_their_inputs(network, tmp_path):
    prepared = cyclemlp.prepare(network)
    convs = [layer.conv for layer in prepared.modules() if isinstance(layer, ConvLast)]
    assert convs
    assert all(c.weight.is_contiguous(memory_format=torch.channels_last) for c in convs)
    save_model(prepared, tmp_path / "model.safetensors")
    saved, own = load_file(tmp_path / "model.safetensors"), network.state_dict()
    assert saved.keys() == own.keys()
    assert all(torch.equal(saved[name], own[name]) for name in own)


def test_the_layers_define_it_in_double_precision(network, monkeypatch):
    x, prepared = _image(torch.float64), cyclemlp.prepare(network).double()
    found = _infer(prepared, x)
    monkeypatch.setattr(fast, "block", lambda layers, x: None)
    monkeypatch.setattr(fast, "mixer", lambda layers, x: None)
    expected = _infer(copy.deepcopy(network).double(), x)
    torch.testing.assert_close(found, expected, atol=1e-11, rtol=0)


def test_changed_parameters_are_noticed(network):
    x = _image()
    prepared: Any = cyclemlp.prepare(network)
    _infer(prepared, x)
    other = create_network("cyclemlp_nano").eval()
    prepared.load_state_dict(other.state_dict())
    assert torch.equal(_infer(prepared, x), _infer(other, x))
    assert torch.equal(_infer(prepared.double(), x.double()), _infer(other.double(), x.double()))
    rounded = prepared.half().float()
    assert torch.equal(_infer(rounded, x), _infer(other.half().float(), x))
    name = "stages.0.blocks.0.mlp.fc1.weight"
    with torch.no_grad():
        rounded.get_parameter(name).zero_()
        other.get_parameter(name).zero_()
    assert torch.equal(_infer(rounded, x), _infer(other, x))


@pytest.mark.parametrize("change", ["hook", "layer", "training"])
def test_changed_layers_are_noticed(network, change):
    x, changed = _image(), copy.deepcopy(network)
    prepared: Any = cyclemlp.prepare(network)
    expected = _infer(prepared, x)
    for each in (prepared, changed):
        mlp = each.stages[1].blocks[0].mlp
        if change == "hook":
            mlp.fc2.register_forward_hook(lambda layer, args, y: 2 * y)
        elif change == "layer":
            mlp.act = torch.nn.ReLU()
        else:
            mlp.drop1.p = 0.5
            mlp.drop1.train()
    torch.manual_seed(1)
    found = _infer(prepared, x)
    torch.manual_seed(1)
    assert torch.equal(found, _infer(changed, x))
    assert not torch.equal(found, expected)


def test_copies_and_pickles_are_independent(network):
    x, prepared = _image(), cyclemlp.prepare(network)
    expected = _infer(prepared, x)
    twin = copy.deepcopy(prepared)
    with torch.no_grad():
        for parameter in prepared.parameters():
            parameter.zero_()
    assert torch.equal(_infer(twin, x), expected)
    assert torch.equal(_infer(network, x), expected)
    with pytest.raises(RuntimeError, match="for inference"):
        twin.train()
    file = io.BytesIO()
    torch.save(twin, file)
    assert network.state_dict().keys() == twin.state_dict().keys()


def test_threads_share_it(network):
    x, prepared = _image(), cyclemlp.prepare(network)
    expected = _infer(network, x)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: _infer(prepared, x), range(8)):
            assert torch.equal(found, expected)


def test_it_refuses_training_and_says_how_to_get_back(network):
    prepared = cyclemlp.prepare(network.train())
    assert network.training
    assert not prepared.training
    assert not any(p.requires_grad for p in prepared.parameters())
    assert prepared.eval() is prepared
    message = r"Train the network that was given to cyclemlp\.prepare, and prepare it again"
    with pytest.raises(RuntimeError, match=message):
        prepared.train()
    network.eval()


def test_restrictions_and_gradients_take_other_paths(network, packed):
    x, prepared = _image(), cyclemlp.prepare(network)
    expected = _infer(network, x)
    packed.clear()
    with backend("plain"):
        torch.testing.assert_close(_infer(prepared, x), expected, atol=1e-4, rtol=1e-4)
    x.requires_grad_()
    prepared(x).sum().backward()
    assert x.grad is not None
    assert packed == []
    with backend("avx2"):
        torch.testing.assert_close(_infer(prepared, x), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(_infer(prepared, x), expected, atol=1e-4, rtol=1e-4)
