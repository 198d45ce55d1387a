"""Networks that other libraries quantize or adapt in place: torchao, peft."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import timm
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from torchao.quantization import Int8DynamicActivationInt8WeightConfig as DynamicInt8
from torchao.quantization import Int8WeightOnlyConfig, quantize_
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
    X86InductorQuantizer,
    get_default_x86_inductor_quantization_config,
)

from cyclemlp.models import CycleFC

TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    torch.manual_seed(0)
    network = timm.create_model("cyclemlp_nano", num_classes=3, **TINY)
    for parameter in network.parameters():  # values of the same size on all layers
        parameter.data += 0.1 * torch.randn_like(parameter)
    return network.eval()


@pytest.fixture
def network(trained) -> nn.Module:
    return copy.deepcopy(trained)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(2, 3, 64, 48)


def share(ours, theirs):
    return float((ours - theirs).abs().max() / theirs.abs().max())


def is_branch(module: nn.Module, name: str) -> bool:
    return isinstance(module, CycleFC)


@pytest.mark.parametrize("settings", [Int8WeightOnlyConfig(), DynamicInt8()])
@pytest.mark.parametrize("chosen", [None, is_branch])
@torch.no_grad()
def test_torchao_quantizes_linear_layers_and_if_asked_the_branches(
    network, trained, images, settings, chosen
):
    quantize_(network, settings, filter_fn=chosen)
    kinds = {type(m) for m in network.modules() if type(getattr(m, "weight", None)) not in (
        torch.nn.Parameter, type(None)
    )}  # fmt: skip
    assert kinds == {nn.Linear if chosen is None else CycleFC}
    assert 1e-6 < share(network(images), trained(images)) < 0.1


@pytest.mark.slow
@torch.no_grad()
def test_pt2e_quantizes_the_branches_of_an_exported_graph(trained):
    block, x = trained.stages[0].blocks[0], torch.randn(1, 6, 5, 8)
    quantizer = X86InductorQuantizer()
    quantizer.set_global(get_default_x86_inductor_quantization_config())
    prepared = prepare_pt2e(torch.export.export(block, (x,)).module(), quantizer)
    prepared(x)  # calibrates
    quantized = convert_pt2e(prepared)
    assert 1e-6 < share(quantized(x), block(x)) < 0.1
    products = [node for node in quantized.graph.nodes if "linear" in str(node.target)]
    inputs = {str(one.target) for node in products for one in node.all_input_nodes}
    assert sum("dequantize_per_channel" in one for one in inputs) == 1  # every weight
    assert len(products) == 8


def test_lora_is_the_same_before_and_after_merging(network, trained, images):
    """Of all layers that are linear; merging into a branch would compute another function."""
    settings = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    adapted: Any = get_peft_model(network, settings).eval()
    adapted(images).sum().backward()
    adapters = [p for name, p in adapted.named_parameters() if "lora" in name]
    assert adapters
    assert all(p.grad is not None and p.grad.any() for p in adapters)
    with torch.no_grad():
        before, after = adapted(images), adapted.merge_and_unload()(images)
        torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-5)
        assert share(before, trained(images)) > 1e-3


def test_peft_refuses_the_branches_by_name(network):
    with pytest.raises(ValueError, match=r"Target module CycleFC.*not supported"):
        get_peft_model(network, LoraConfig(target_modules=["width", "height"]))
