"""The kernels of AS-MLP against their definition, in double precision and on drawn shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.ops import axial_offsets
from cyclemlp.ops.cpu import kernels, scratch
from cyclemlp.ops.offsets import Slice
from cyclemlp.ops.plain.eager import shift_fc_eager
from cyclemlp.ops.tables import table_of

from .kernel_sets import kernel_sets, name_of, running

LIMITS = {torch.float64: 1e-12, torch.float32: 2e-5}

sizes = st.tuples(
    st.integers(1, 4), st.integers(1, 9), st.integers(1, 12), st.sampled_from([2, 5, 16, 33, 96])
)
threads = st.sampled_from([1, 2, 3])


@pytest.fixture(scope="module", params=kernel_sets(LIMITS), ids=name_of)
def dtype(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[torch.dtype]:
    """Each dtype that AS-MLP's fused path takes, here and by NEON's kernels in an emulator."""
    with running(request.param, tmp_path_factory.mktemp("kernels")) as kind:
        yield kind


def _norm(channels: int, dtype: torch.dtype) -> Any:
    norm = torch.nn.GroupNorm(1, channels, eps=1e-3, dtype=dtype).requires_grad_(False)
    for parameter in norm.parameters():
        parameter.normal_()
    return norm


def _linear(columns: int, channels: int, dtype: torch.dtype) -> kernels.Linear:
    weight = torch.randn(columns, channels, dtype=dtype) / channels**0.5
    return weight, torch.randn(columns, dtype=dtype)


def _layers(channels: int, dtype: torch.dtype, shift: int | None = 5) -> kernels.AxialLayers:
    slices: list[tuple[Slice, ...]] = []
    for axis in ("width", "height"):
        offsets = torch.randint(-3, 4, (channels, 2))
        offsets = offsets if shift is None else axial_offsets(channels, shift, axis)
        slices.append(tuple(table_of(offsets, channels).slices()))
    norm, linear = _norm, _linear
    return kernels.AxialLayers(
        norms=(norm(channels, dtype), norm(channels, dtype), norm(channels, dtype)),
        products=(
            linear(channels, channels, dtype),
            linear(channels, channels, dtype),
            linear(channels, channels, dtype),
            linear(channels, channels, dtype),
        ),
        slices=(slices[0], slices[1]),
    )


def _normalized(x: torch.Tensor, norm: Any) -> torch.Tensor:
    weight, bias = norm.weight.double(), norm.bias.double()
    return F.group_norm(x.movedim(3, 1), 1, weight, bias, norm.eps).movedim(1, 3)


def _defined(x: torch.Tensor, layers: kernels.AxialLayers) -> torch.Tensor:
    """The mixer layer by layer, in double precision."""
    before, between, after = layers.norms
    enter, *branches, proj = [(w.double(), b.double()) for w, b in layers.products]  # pyright: ignore[reportOptionalMemberAccess]
    x = x.double()
    y = F.gelu(_normalized(F.linear(_normalized(x, before), *enter), between))
    moved = [
        F.gelu(shift_fc_eager(y, *branch, list(slices)))
        for branch, slices in zip(branches, layers.slices, strict=True)
    ]
    return x + F.linear(_normalized(moved[0] + moved[1], after), *proj)


def _assert_near(got: torch.Tensor, exact: torch.Tensor) -> None:
    limit = LIMITS[got.dtype] * (1 + exact.abs().max().item())
    torch.testing.assert_close(got.double(), exact, atol=limit, rtol=0)


@given(sizes=sizes, shift=st.sampled_from([1, 5, None]), packed=st.booleans(), threads=threads)
def test_the_mixer(dtype, sizes, shift, packed, threads):
    torch.set_num_threads(threads)
    x, layers = torch.randn(sizes, dtype=dtype), _layers(sizes[3], dtype, shift)
    _assert_near(kernels.AxialMixer(layers, packed)(x), _defined(x, layers))


def test_the_mixer_at_sizes_of_the_network(dtype):
    torch.set_num_threads(2)
    for sizes in ((3, 28, 28, 192), (1, 61, 50, 96), (5, 7, 7, 384)):
        # far from zero, where differences of large sums would lose digits
        x, layers = 5 + torch.randn(sizes, dtype=dtype), _layers(sizes[3], dtype)
        _assert_near(kernels.AxialMixer(layers)(x), _defined(x, layers))


@given(sizes=sizes, hidden=st.sampled_from([1, 30, 300]), packed=st.booleans(), threads=threads)
def test_the_mlp_after_a_norm_of_images(dtype, sizes, hidden, packed, threads):
    torch.set_num_threads(threads)
    x, channels = 5 + torch.randn(sizes, dtype=dtype), sizes[3]
    norm = _norm(channels, dtype)
    fc1, fc2 = _linear(hidden, channels, dtype), _linear(channels, hidden, dtype)
    wide = [[t.double() for t in fc if t is not None] for fc in (fc1, fc2)]
    exact = x + F.linear(F.gelu(F.linear(_normalized(x.double(), norm), *wide[0])), *wide[1])
    weights = kernels.pack_feed_forward(norm, fc1, fc2) if packed else None
    got = kernels.add_feed_forward_(x.clone(), norm, fc1, fc2, weights, images=True)
    _assert_near(got, exact.double())


def test_what_does_not_fit_is_never_read(dtype):
    layers = _layers(8, dtype)
    with pytest.raises(AssertionError):
        kernels.AxialMixer(layers._replace(products=(_linear(8, 7, dtype), *layers.products[1:])))
    for wrong in (torch.zeros(1, 2, 2, 7, dtype=dtype), torch.zeros(1, 2, 2, 8).half()):
        with pytest.raises(AssertionError):
            kernels.AxialMixer(layers)(wrong)


@pytest.mark.usefixtures("poisoned_memory")
def test_read_no_memory_they_have_not_written(dtype, monkeypatch):
    monkeypatch.setattr(scratch, "_kept", [])
    monkeypatch.setattr(scratch, "_MOST_BYTES", 0)  # every call has new memory
    for channels in (5, 33, 64):
        x, layers = torch.randn(2, 5, 6, channels, dtype=dtype), _layers(channels, dtype)
        linear = _linear(channels, channels, dtype)
        found = kernels.AxialMixer(layers)(x)
        found = kernels.add_feed_forward_(found, layers.norms[0], linear, linear, images=True)
        assert found.isfinite().all()
