"""Kernels in C against the definitions they stand for, in double precision and on drawn shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.ops import cycle_fc, cycle_fc_reference, explain_backend
from cyclemlp.ops.cpu import kernels, scratch
from cyclemlp.ops.offsets import PHASES, Cycle, period_offsets, period_slices
from cyclemlp.ops.plain.eager import shift, shift_fc_eager

from .kernel_sets import kernel_sets, name_of, required, running

# a few channels, and around the widths of vectors, tiles and panels
CHANNELS = [1, 2, 5, 7, 16, 24, 31, 32, 33, 48, 50, 64, 96, 100, 131]
DTYPES = {torch.float64: 1e-13, torch.float32: 1e-5, torch.bfloat16: 2**-7}

channels = st.sampled_from(CHANNELS)
images = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 20), channels)
stepsizes = st.tuples(st.integers(1, 5), st.integers(1, 3))
strides = st.sampled_from(["contiguous", "channels_first", "every_other"])
threads = st.sampled_from([1, 2, 3, 5])
phases = st.sampled_from(PHASES)


@pytest.fixture(scope="module", params=kernel_sets(DTYPES), ids=name_of)
def dtype(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[torch.dtype]:
    """Each dtype that this processor has kernels for, and those of NEON in an emulator."""
    with running(request.param, tmp_path_factory.mktemp("kernels")) as kind:
        yield kind


def _image(sizes: tuple[int, ...], dtype: torch.dtype, stride: str = "contiguous") -> torch.Tensor:
    batch, height, width, channels = sizes
    if stride == "channels_first":
        return torch.randn(batch, channels, height, width).to(dtype).permute(0, 2, 3, 1)
    if stride == "every_other":
        return torch.randn(batch, 2 * height, width, channels).to(dtype)[:, ::2]
    return torch.randn(sizes).to(dtype)


def _linear(columns: int, channels: int, dtype: torch.dtype, bias: bool = True) -> kernels.Linear:
    weight = torch.randn(columns, channels) / channels**0.5
    return weight.to(dtype), torch.randn(columns).to(dtype) if bias else None


def _wide(linear: kernels.Linear) -> kernels.Linear:
    weight, bias = linear
    return weight.double(), None if bias is None else bias.double()


def _assert_near(got: torch.Tensor, exact: torch.Tensor, roundings: float = 1) -> None:
    """By how much a few roundings on the way may move the largest results."""
    limit = DTYPES[got.dtype] * roundings * (1 + exact.abs().max().item())
    torch.testing.assert_close(got.double(), exact, atol=limit, rtol=0)


@given(
    sizes=images,
    columns=channels,
    stepsize=stepsizes,
    phase=phases,
    stride=strides,
    bias=st.booleans(),
    threads=threads,
)
def test_the_operator(dtype, sizes, columns, stepsize, phase, stride, bias, threads):
    torch.set_num_threads(threads)
    x, linear = _image(sizes, dtype, stride), _linear(columns, sizes[3], dtype, bias)
    offsets = period_offsets(stepsize, phase)
    got = kernels.cycle_fc(x, *linear, offsets)
    _assert_near(got, shift_fc_eager(x.double(), *_wide(linear), period_slices(offsets)))
    assert torch.equal(kernels.shift(x, offsets), shift(x, period_slices(offsets)))


@pytest.mark.parametrize("stepsize", [(1, 3), (7, 1), (3, 3), (1, 16)])
def test_the_operator_equals_the_papers_formula(stepsize):
    dtype = required(torch.float64)
    x, linear = _image((2, 5, 6, 20), dtype), _linear(7, 20, dtype)
    with torch.no_grad():
        assert explain_backend(x, stepsize).name == "native"
        got = cycle_fc(x, *linear, stepsize)
    _assert_near(got, cycle_fc_reference(x, *linear, stepsize))


def _layers(channels: int, dtype: torch.dtype, **changes: Any) -> kernels.MixerLayers:
    reduced = max(1, channels // 4)
    layers = kernels.MixerLayers(
        width=_linear(channels, channels, dtype),
        height=_linear(channels, channels, dtype),
        channel=_linear(channels, channels, dtype)[0],
        reweight=(_linear(reduced, channels, dtype), _linear(3 * channels, reduced, dtype)),
        proj=_linear(channels, channels, dtype),
        stepsize=3,
        phase="released",
    )
    return replace(layers, **changes)


def _norm(channels: int, dtype: torch.dtype, affine: bool = True) -> Any:
    norm = torch.nn.LayerNorm(channels, dtype=dtype, elementwise_affine=affine)
    for parameter in norm.parameters():
        parameter.requires_grad_(False).normal_()
    return norm


def _defined(x: torch.Tensor, layers: kernels.MixerLayers) -> torch.Tensor:
    """A mixer layer by layer, in double precision."""
    y, norm, residual = x.double(), layers.norm, layers.residual
    if norm is not None:
        weight, bias = (None if p is None else p.double() for p in (norm.weight, norm.bias))
        y = F.layer_norm(y, y.shape[3:], weight, bias, norm.eps)
        y = y.to(x.dtype).double()  # what the branches are given
    step, phase = layers.stepsize, layers.phase
    branches = torch.stack(
        [
            shift_fc_eager(y, *_wide(layers.width), Cycle((1, step), phase).slices()),
            shift_fc_eager(y, *_wide(layers.height), Cycle((step, 1), phase).slices()),
            y @ layers.channel.double().T,
        ]
    )
    if layers.reweight is not None:
        fc1, fc2 = map(_wide, layers.reweight)
        logits = F.linear(F.gelu(F.linear(branches.sum(0).mean((1, 2)), *fc1)), *fc2)
        weights = logits.unflatten(1, (-1, 3)).softmax(2)  # (B, C, 3)
        branches = branches * weights.permute(2, 0, 1)[:, :, None, None]
    mixed = F.linear(branches.sum(0), *_wide(layers.proj))
    return mixed if residual is None else residual.double() + mixed


@given(
    sizes=images,
    stepsize=st.integers(1, 6),
    phase=phases,
    stride=strides,
    summed=st.booleans(),
    folded=st.booleans(),
    normed=st.booleans(),
    added=st.booleans(),
    biases=st.booleans(),
    threads=threads,
)
def test_the_mixer(
    dtype, sizes, stepsize, phase, stride, summed, folded, normed, added, biases, threads
):
    torch.set_num_threads(threads)
    x, channels = _image(sizes, dtype, stride), sizes[3]
    layers = _layers(channels, dtype, stepsize=stepsize, phase=phase)
    if summed:
        layers = replace(layers, reweight=None)
    if normed:
        layers = replace(layers, norm=_norm(channels, dtype, affine=biases))
    if added:
        layers = replace(layers, residual=torch.randn(sizes).to(dtype))
    if not biases:
        layers = replace(layers, width=(layers.width[0], None), proj=(layers.proj[0], None))
    got = kernels.mixer(x, layers, folded and channels % 16 == 0)
    _assert_near(got, _defined(x, layers), roundings=4)


def test_branch_weights_by_a_wide_mlp(dtype):
    x = _image((5, 3, 4, 7), dtype)
    layers = _layers(7, dtype, reweight=(_linear(200, 7, dtype), _linear(21, 200, dtype)))
    _assert_near(kernels.mixer(x, layers, False), _defined(x, layers), roundings=4)


def test_what_does_not_fit_is_never_read():
    x, layers = _image((1, 3, 4, 8), torch.float64), _layers(8, torch.float64)
    for wrong in (
        {"proj": _linear(8, 7, torch.float64)},
        {"width": (layers.width[0].float(), None)},
        {"channel": layers.channel.to("meta")},
        {"reweight": (_linear(2, 8, torch.float64), _linear(23, 2, torch.float64))},
    ):
        with pytest.raises(AssertionError):
            kernels.mixer(x, replace(layers, **wrong), False)


@pytest.mark.parametrize("folded", [True, False])
def test_the_mixer_at_sizes_of_the_network(dtype, folded):
    torch.set_num_threads(2)
    for sizes in ((3, 28, 28, 128), (2, 14, 14, 320), (1, 41, 50, 64)):
        x = _image(sizes, dtype)
        layers = _layers(sizes[3], dtype, norm=_norm(sizes[3], dtype), residual=x)
        _assert_near(kernels.mixer(x, layers, folded), _defined(x, layers), roundings=4)


def test_the_rule_of_folding_is_the_measured_one():
    stages = [(56, 64), (28, 128), (14, 320), (7, 512), (41, 512)]
    found = {
        dtype: [
            kernels.folding_pays(torch.empty(8, side, side, channels, dtype=dtype), True, 3)
            for side, channels in stages
        ]
        for dtype in (torch.float32, torch.bfloat16)
    }
    assert found[torch.float32] == [True, True, False, False, True]
    assert found[torch.bfloat16] == [True, False, False, False, True]
    assert kernels.folding_pays(torch.empty(8, 14, 14, 320), False, 3)  # one matrix for all images
    assert not kernels.folding_pays(torch.empty(8, 99, 99, 50), True, 3)


@given(
    rows=st.integers(1, 300),
    channels=channels,
    hidden=st.sampled_from([1, 30, 64, 250, 256, 300, 600]),
    biases=st.booleans(),
    threads=threads,
)
def test_the_mlp(dtype, rows, channels, hidden, biases, threads):
    torch.set_num_threads(threads)
    x, norm = torch.randn(rows, channels).to(dtype), _norm(channels, dtype, affine=biases)
    fc1, fc2 = _linear(hidden, channels, dtype, biases), _linear(channels, hidden, dtype, biases)
    weight, bias = (None if p is None else p.double() for p in (norm.weight, norm.bias))
    y = F.layer_norm(x.double(), (channels,), weight, bias).to(dtype).double()
    exact = x.double() + F.linear(F.gelu(F.linear(y, *_wide(fc1))), *_wide(fc2))
    given = x.clone()
    got = kernels.add_feed_forward_(given, norm, fc1, fc2)
    assert got.data_ptr() == given.data_ptr()
    _assert_near(got, exact, roundings=2)


def _gelu(values: torch.Tensor) -> torch.Tensor:
    """By the MLP kernel: the norm's bias are the values, both matrices are identities."""
    norm = _norm(len(values), values.dtype)
    norm.weight.zero_()
    norm.bias.copy_(values)
    same = torch.eye(len(values), dtype=values.dtype)
    return kernels.add_feed_forward_(
        torch.zeros_like(values)[None], norm, (same, None), (same, None)
    )[0]


def test_gelu_is_exact_to_rounding_everywhere(dtype):
    values = torch.cat([torch.linspace(-7, 7, 1019), torch.tensor([-1e4, -100, 0, 100, 1e4])])
    values = values.to(dtype)
    error = (_gelu(values).double() - F.gelu(values.double())).abs()
    slack = 3e-7 if dtype == torch.float32 else 0  # at magnitudes around 1
    limit = torch.finfo(dtype).eps * values.double().abs() + slack
    assert (error <= limit).all(), values[error > limit]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_shows_where_it_belongs(dtype, bad):
    x, linear = _image((1, 4, 5, 64), dtype), _linear(64, 64, dtype)
    x[0, 1, 2, 0] = bad
    got = kernels.cycle_fc(x, *linear, period_offsets((1, 3), "released"))
    wrong = ~got.isfinite().all(3)
    assert wrong.nonzero().tolist() == [[0, 1, 2]]  # channel 0 looks at its own position
    norm = _norm(64, dtype)
    got = kernels.add_feed_forward_(x.clone(), norm, linear, _linear(64, 64, dtype))
    assert (~got.isfinite().all(3)).nonzero().tolist() == [[0, 1, 2]]


@pytest.mark.usefixtures("poisoned_memory")
def test_read_no_memory_they_have_not_written(dtype, monkeypatch):
    monkeypatch.setattr(scratch, "_kept", [])
    monkeypatch.setattr(scratch, "_MOST_BYTES", 0)  # every call has new memory
    for channels in (5, 33, 64):
        x, linear = _image((2, 5, 6, channels), dtype), _linear(channels, channels, dtype)
        offsets = period_offsets((3, 1), "paper")
        norm = _norm(channels, dtype)
        layers = _layers(channels, dtype, norm=norm)
        found = [
            kernels.shift(x, offsets),
            kernels.cycle_fc(x, *linear, offsets),
            *(kernels.mixer(x, layers, folded) for folded in (False, channels % 16 == 0)),
            kernels.add_feed_forward_(x.clone(), norm, linear, linear),
        ]
        assert not any(t.isnan().any() for t in found)


def test_gradients_of_the_operator_by_kernels_are_exact():
    operands: list[Any] = [
        torch.randn(*shape, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 5, 6, 20), (7, 20), (7,))
    ]
    x, weight, bias = operands
    for stepsize in ((1, 3), (3, 1), (2, 3)):
        got = cycle_fc(x, weight, bias, stepsize)
        expected = cycle_fc_reference(x, weight, bias, stepsize)
        upstream = torch.randn_like(got)
        for ours, theirs in zip(
            torch.autograd.grad(got, operands, upstream),
            torch.autograd.grad(expected, operands, upstream),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)


@given(
    sizes=images, hidden=st.sampled_from([1, 30, 64, 300]), folded=st.booleans(), threads=threads
)
def test_packed_weights_give_equal_results(dtype, sizes, hidden, folded, threads):
    torch.set_num_threads(threads)
    x, channels = _image(sizes, dtype), sizes[3]
    layers = _layers(channels, dtype, norm=_norm(channels, dtype), residual=x)
    folded &= channels % 16 == 0
    packed = kernels.pack_mixer(layers)
    assert torch.equal(kernels.mixer(x, layers, folded, packed), kernels.mixer(x, layers, folded))
    mlp = (
        _norm(channels, dtype),
        _linear(hidden, channels, dtype),
        _linear(channels, hidden, dtype),
    )
    packed = kernels.pack_feed_forward(*mlp)
    got = kernels.add_feed_forward_(x.clone(), *mlp, packed)
    assert torch.equal(got, kernels.add_feed_forward_(x.clone(), *mlp))
