"""The operator for any table of offsets against its definition, on every path."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.ops import (
    axial_offsets,
    cycle_fc,
    cycle_offsets,
    shift_fc,
    shift_fc_reference,
)
from cyclemlp.ops.plain.eager import shift_fc_eager, shift_fc_traced
from cyclemlp.ops.tables import Table, table_of

Pairs = tuple[tuple[int, int], ...]
SCATTERED: Pairs = tuple(((c * c) % 7 % 5 - 2, (c * c // 3) % 3 - 1) for c in range(40))

pairs = st.tuples(st.integers(-3, 3), st.integers(-3, 3))
tables = st.one_of(
    st.lists(pairs, min_size=1, max_size=9),  # any
    st.builds(lambda a, n: a * n, st.lists(pairs, min_size=1, max_size=3), st.integers(1, 3)),
    st.builds(lambda a, n: [p for p in a for _ in range(n)], st.lists(pairs, max_size=3), pairs.map(
        lambda p: abs(p[0]) + 1)).filter(bool),
    st.just(list(SCATTERED)),
)  # fmt: skip
sizes = st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))


def _operands(channels: int, sizes: tuple[int, ...] = (2, 4, 5, 3)) -> tuple[Any, Any, Any]:
    batch, height, width, out = sizes
    draw = torch.Generator().manual_seed(channels)
    shapes = ((batch, height, width, channels), (out, channels), (out,))
    made = [torch.randn(s, generator=draw, dtype=torch.float64) for s in shapes]
    x, weight, bias = (t.requires_grad_() for t in made)
    return x, weight, bias


def _gradients(y: torch.Tensor, operands: tuple[Any, ...]) -> list[torch.Tensor]:
    if not y.requires_grad:
        return [torch.zeros_like(t) for t in operands]
    upstream = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)
    return list(torch.autograd.grad(y, operands, upstream, materialize_grads=True))


@given(offsets=tables, sizes=sizes)
def test_every_path_equals_the_definition_with_its_gradients(offsets, sizes):
    operands = _operands(len(offsets), sizes)
    table = table_of(offsets, len(offsets))
    expected = shift_fc_reference(*operands, offsets)
    expected_gradients = _gradients(expected, operands)
    for y in (
        shift_fc(*operands, offsets),
        shift_fc_eager(*operands, table.slices()),
        shift_fc_traced(*operands, table.offsets),
    ):
        torch.testing.assert_close(y, expected, atol=1e-12, rtol=0)
        for got, want in zip(_gradients(y, operands), expected_gradients, strict=True):
            torch.testing.assert_close(got, want, atol=1e-12, rtol=0)


@given(offsets=tables)
def test_slices_cover_the_moved_channels_once_and_move_back(offsets):
    channels = list(range(len(offsets)))
    for back in (False, True):
        found: dict[int, tuple[int, int]] = {}
        for first, end, step, di, dj in table_of(offsets, len(offsets)).slices(back):
            assert not found.keys() & set(channels[first:end:step])
            found |= dict.fromkeys(channels[first:end:step], (-di, -dj) if back else (di, dj))
        assert found == {c: pair for c, pair in enumerate(offsets) if pair != (0, 0)}


@pytest.mark.parametrize("stepsize", [(1, 3), (4, 1), (3, 3)])
@pytest.mark.parametrize("phase", ["released", "paper"])
def test_cycle_fc_is_a_special_case(stepsize, phase):
    operands = _operands(25)
    offsets = cycle_offsets(25, stepsize, phase)
    assert table_of(offsets, 25).length == stepsize[0] * stepsize[1]  # as the kernels take it
    assert torch.equal(shift_fc(*operands, offsets), cycle_fc(*operands, stepsize, phase))


def test_no_offset_is_the_channel_fc():
    operands = _operands(6)
    assert torch.equal(shift_fc(*operands, [(0, 0)] * 6), F.linear(*operands))


@pytest.mark.parametrize(("channels", "sizes"), [(96, [20, 20, 20, 20, 16]), (4, [1, 1, 1, 1])])
def test_axial_offsets_are_contiguous_groups_the_last_the_smallest(channels, sizes):
    across = axial_offsets(channels, 5, "width")
    assert not across[:, 0].any()
    assert across[:, 1].unique_consecutive(return_counts=True)[1].tolist() == sizes
    assert across[:, 1].unique_consecutive().tolist() == [2, 1, 0, -1, -2][: len(sizes)]
    assert torch.equal(axial_offsets(channels, 5, "height"), across.flip(1))


@pytest.mark.parametrize("offsets", [axial_offsets(5, 3, "width"), SCATTERED])
def test_gradients_forwards_backwards_and_twice(offsets):
    operands = _operands(len(offsets), (1, 3, 2, 2))

    def function(*tensors: torch.Tensor) -> torch.Tensor:
        return shift_fc(tensors[0], tensors[1], tensors[2], offsets)

    check: dict[str, Any] = {"fast_mode": len(offsets) > 5}
    assert torch.autograd.gradcheck(function, operands, check_forward_ad=True, **check)
    assert torch.autograd.gradgradcheck(function, operands, check_fwd_over_rev=True, **check)


def test_gradients_for_each_sample_by_vmap():
    x, weight, _ = _operands(6, (3, 4, 5, 2))
    offsets = axial_offsets(6, 3, "height")
    per_sample = torch.func.grad(lambda w, x: shift_fc(x[None], w, None, offsets).square().sum())
    got = torch.func.vmap(per_sample, in_dims=(None, 0))(weight, x)
    for ours, image in zip(got, x, strict=True):
        loss = shift_fc_reference(image[None], weight, None, offsets).square().sum()
        torch.testing.assert_close(ours, torch.autograd.grad(loss, weight)[0])


@pytest.mark.parametrize("offsets", [cycle_offsets(6, (3, 1)), axial_offsets(6, 3, "width")])
def test_opcheck(offsets):
    operands = [t.detach().float().requires_grad_() for t in _operands(6)]
    flat = offsets.flatten().tolist()
    torch.library.opcheck(torch.ops.cyclemlp.shift_fc, (*operands, flat))


@pytest.mark.parametrize("offsets", [SCATTERED, ((0, 1), (0, 1), (0, 0), (0, 0), (0, -1))])
def test_compiles_and_exports_as_ordinary_operators(offsets):
    x, weight, bias = (t.detach() for t in _operands(len(offsets)))
    expected = shift_fc(x, weight, bias, offsets)

    class Layer(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return shift_fc(x, weight, bias, offsets)

    compiled = torch.compile(Layer(), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), expected, atol=1e-12, rtol=0)
    auto = torch.export.Dim.AUTO
    shapes = {"x": {0: auto, 1: auto, 2: auto}}
    program = torch.export.export(Layer(), (x,), dynamic_shapes=shapes)
    targets = {str(n.target) for n in program.graph.nodes if n.op == "call_function"}
    assert all(name.startswith("aten.") for name in targets), targets
    larger = torch.randn(1, 7, 9, len(offsets), dtype=torch.float64)
    torch.testing.assert_close(
        program.module()(larger), shift_fc(larger, weight, bias, offsets), atol=1e-12, rtol=0
    )


def test_flops_and_autocast_are_those_of_the_product():
    x, weight, bias = (t.detach().float() for t in _operands(6))
    offsets = axial_offsets(6, 5, "height")
    with FlopCounterMode(display=False) as counter:
        shift_fc(x, weight, bias, offsets)
    assert counter.get_total_flops() == 2 * x.numel() * len(weight)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert shift_fc(x, weight, bias, offsets).dtype == torch.bfloat16


def test_a_table_that_no_slice_covers_is_sorted():
    assert table_of(SCATTERED, 40).order is not None
    assert table_of(axial_offsets(96, 5, "width"), 96).order is None
    assert isinstance(table_of(SCATTERED, 40), Table)


@pytest.mark.parametrize(
    ("offsets", "received"),
    [
        ([(0, 1)] * 2, r"received \[\(0, 1\), \(0, 1\)\]|received \(\(0, 1\), \(0, 1\)\)"),
        ([(0, 1)] * 20, r"received 20 entries"),
        (torch.zeros(3, 3), "received"),
        ([(0, 1.5)] * 3, "1.5"),
        ([(0, 10**6)] * 3, "-32767 to 32767.*1000000"),
        (3, "received 3"),
        (torch.zeros(3), "received"),
    ],
)
def test_refuses_a_wrong_table_with_rule_and_remedy(offsets, received):
    with pytest.raises(ValueError, match=received) as error:
        shift_fc(torch.ones(1, 2, 2, 3), torch.ones(3, 3), None, offsets)
    assert r"(C, 2) = (3, 2)" in str(error.value)
    assert "axial_offsets" in str(error.value)


def test_refuses_operands_that_do_not_fit():
    with pytest.raises(ValueError, match=r"shift_fc takes x of shape \(B, H, W, C\)"):
        shift_fc(torch.ones(1, 3, 8, 8), torch.ones(4, 3), None, [(0, 1)] * 3)
    with pytest.raises(ValueError, match="shift_size must be a positive integer; received 0"):
        axial_offsets(4, 0, "width")
    with pytest.raises(ValueError, match="axis must be 'height' or 'width'; received 'x'"):
        axial_offsets(4, 3, "x")
