"""The operator, a mixer, a block and a network on a GPU, compared with float64 on the CPU."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import timm
import torch
from torch import nn

import cyclemlp  # noqa: F401 - registers the models
from cyclemlp.models.block import Block
from cyclemlp.models.mixer import CycleMixer
from cyclemlp.ops import cycle_fc, explain_backend

pytestmark = pytest.mark.gpu

DEVICE = "cuda"
# The relative error, in norm, of one layer whose operands are rounded; deep networks add it up.
ERRORS = {torch.float32: 1e-5, torch.bfloat16: 1e-2, torch.float16: 2e-3}
DTYPES = list(ERRORS)


@pytest.fixture
def tf32() -> Iterator[None]:
    """Products of float32 may be rounded to TF32."""
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    yield
    torch.backends.cuda.matmul.fp32_precision = "ieee"


def distance(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return ((ours.detach().double().cpu() - theirs.detach()).norm() / theirs.norm()).item()


def results(module: nn.Module, x: torch.Tensor, grad: torch.Tensor) -> list[torch.Tensor]:
    """The output, and the gradients of the input and all parameters."""
    x = x.detach().requires_grad_()
    y = module(x)
    return [y, *torch.autograd.grad(y, [x, *module.parameters()], grad)]


def check(module: nn.Module, x: torch.Tensor, dtype: torch.dtype, layers: int = 1) -> None:
    """Compare with float64: outputs to the error of so many layers, gradients to three times it."""
    module, x = module.double(), x.double()
    with torch.no_grad():
        grad = torch.randn_like(module(x))
    expected = results(module, x, grad)
    low = copy.deepcopy(module).to(DEVICE, dtype)
    found = results(low, x.to(DEVICE, dtype), grad.to(DEVICE, dtype))
    bound = ERRORS[dtype] * layers
    names = ["output", "input", *(name for name, _ in module.named_parameters())]
    errors = {
        name: distance(ours, theirs)
        for name, ours, theirs in zip(names, found, expected, strict=True)
    }
    assert errors.pop("output") < bound
    assert {name: e for name, e in errors.items() if not e < 3 * bound} == {}


def operands(sizes: tuple[int, ...], dtype: torch.dtype) -> Any:
    batch, height, width, channels, columns = sizes
    shapes = ((batch, height, width, channels), (columns, channels), (columns,))
    return [torch.randn(shape, device=DEVICE).to(dtype) for shape in shapes]


def drawn(module: nn.Module) -> nn.Module:
    """Draw all parameters so that each shows in the result."""
    for parameter in module.parameters():
        scale = parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.5
        nn.init.normal_(parameter, std=scale, mean=0.0 if parameter.ndim > 1 else 0.5)
    return module


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("fusion", ["reweight", "sum"])
def test_a_mixer_agrees_with_float64(dtype, fusion):
    check(drawn(CycleMixer(96, fusion=fusion)), torch.randn(3, 13, 9, 96), dtype, layers=4)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_block_agrees_with_float64(dtype):
    block = Block(64, CycleMixer(64), mlp_ratio=4)
    check(drawn(block), torch.randn(2, 28, 28, 64), dtype, layers=6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_network_agrees_with_float64(dtype):
    network = timm.create_model("cyclemlp_b1", num_classes=10).double().eval()
    x = torch.randn(2, 3, 97, 131, dtype=torch.float64)
    low = copy.deepcopy(network).to(DEVICE, dtype)
    with torch.no_grad(), torch.backends.cudnn.flags(allow_tf32=False):  # which is on by default
        assert distance(low(x.to(DEVICE, dtype)), network(x)) < 10 * ERRORS[dtype]


def test_autocast_computes_in_bfloat16():
    network = timm.create_model("cyclemlp_nano", num_classes=10).eval()
    x = torch.randn(2, 3, 64, 64)
    expected = copy.deepcopy(network).double()(x.double())
    network = network.to(DEVICE)
    with torch.autocast(DEVICE, torch.bfloat16):
        loss = network(x.to(DEVICE))
        assert explain_backend(torch.zeros(1, 4, 4, 64, device=DEVICE)).name == "triton"
    assert distance(loss, expected) < 10 * ERRORS[torch.bfloat16]
    loss.float().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("sizes", [(2, 28, 28, 128, 128), (1, 9, 7, 33, 20)])
def test_tf32_is_used_where_it_is_allowed(tf32, sizes):
    x, weight, bias = operands(sizes, torch.float32)
    assert explain_backend(x).name == "triton"
    wide = [t.double().cpu() for t in (x, weight, bias)]
    assert distance(cycle_fc(x, weight, bias), cycle_fc(*wide)) < 2e-3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_strides_and_unaligned_addresses_are_accepted(dtype):
    for channels in (33, 64):
        x, weight, bias = operands((2, 12, 10, channels + 1, 40), dtype)
        views = [
            (x[..., 1:], weight[:, 1:]),
            (x.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1), weight),
            (x[:, ::2], weight),
            (x.transpose(1, 2), weight),
        ]
        for view, matrix in views:
            wide = [t.double().cpu() for t in (view, matrix, bias)]
            assert distance(cycle_fc(view, matrix, bias), cycle_fc(*wide)) < ERRORS[dtype]


def test_a_negated_view_is_accepted():
    z = torch.randn(2, 8, 8, 64, device=DEVICE, dtype=torch.complex64)
    weight = torch.randn(64, 64, device=DEVICE)
    x = z.conj().imag
    assert x.is_neg()
    torch.testing.assert_close(cycle_fc(x, weight), cycle_fc(-z.imag, weight))


def test_repeated_gradients_are_equal_bit_by_bit():
    x, weight, bias = (t.requires_grad_() for t in operands((8, 28, 28, 128, 128), torch.bfloat16))
    grad = torch.randn(8, 28, 28, 128, device=DEVICE, dtype=torch.bfloat16)
    first, second = (
        torch.autograd.grad(cycle_fc(x, weight, bias), (x, weight, bias), grad) for _ in range(2)
    )
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_more_elements_than_32_bits_count_are_addressed():
    # the last image lies beyond 2^31 elements of x and of the result
    batch, side, channels = 130, 512, 64
    weight = torch.randn(channels, channels, device=DEVICE, dtype=torch.bfloat16)
    x = torch.randn(batch, side, side, channels, device=DEVICE, dtype=torch.bfloat16)
    assert x.numel() > 2**31
    assert torch.equal(cycle_fc(x, weight)[-2:], cycle_fc(x[-2:], weight))
    grad = torch.randn_like(x)
    x.requires_grad_()
    weight.requires_grad_()
    y = cycle_fc(x, weight)
    grad_x, grad_weight = torch.autograd.grad(y, (x, weight), grad)
    del y
    parts = []
    for images in torch.arange(batch).split(10):
        chosen = slice(int(images[0]), int(images[-1]) + 1)
        part = x.detach()[chosen].requires_grad_()
        y = cycle_fc(part, weight)
        one_x, one_weight = torch.autograd.grad(y, (part, weight), grad[chosen])
        assert torch.equal(grad_x[chosen], one_x)
        parts.append(one_weight.double())
    total = torch.stack(parts).sum(0).cpu()
    assert distance(grad_weight, total) < ERRORS[torch.bfloat16]


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there is one GPU")
def test_the_device_of_the_operands_is_used():
    with torch.cuda.device(0):
        x, weight, bias = (t.to("cuda:1") for t in operands((2, 8, 8, 64, 64), torch.bfloat16))
        y = cycle_fc(x, weight, bias)
    assert y.device == torch.device("cuda", 1)
    assert distance(y, cycle_fc(*(t.double().cpu() for t in (x, weight, bias)))) < 1e-2


def test_a_captured_graph_replays_the_result():
    network = timm.create_model("cyclemlp_nano").to(DEVICE, torch.bfloat16).eval()
    x = torch.randn(2, 3, 64, 64, device=DEVICE, dtype=torch.bfloat16)
    with torch.inference_mode():
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):  # kernels are compiled before the capture
                network(x)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = network(x)
        x.copy_(torch.randn_like(x))
        graph.replay()
        torch.testing.assert_close(y, network(x))


@pytest.mark.parametrize("mode", ["default", "reduce-overhead"])
def test_a_compiled_network_agrees(mode):
    network = timm.create_model("cyclemlp_nano").to(DEVICE).eval()
    x = torch.randn(2, 3, 64, 64, device=DEVICE)
    with torch.no_grad(), torch.backends.cudnn.flags(allow_tf32=False):  # which is on by default
        expected = network(x).double().cpu()
        compiled = torch.compile(network, mode=mode, fullgraph=True)
        found = [compiled(x).clone() for _ in range(3)]
    assert max(distance(one, expected) for one in found) < 1e-4
