"""One gathered operand against its definition, in pieces of every size."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.ops.offsets import PHASES, moved_groups
from cyclemlp.ops.plain import gathered
from cyclemlp.ops.plain.gathered import gather, gathered_product

sizes = st.tuples(
    st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(1, 9), st.integers(1, 4)
)
stepsizes = st.integers(1, 6)
phases = st.sampled_from(PHASES)
strides = st.sampled_from(["contiguous", "channels_first", "every_other"])


def image(sizes: tuple[int, ...], stride: str = "contiguous") -> torch.Tensor:
    batch, height, width, channels = sizes[:4]
    if stride == "channels_first":
        x = torch.randn(batch, channels, height, width, dtype=torch.float64).permute(0, 2, 3, 1)
    elif stride == "every_other":
        x = torch.randn(batch, 2 * height, width, channels, dtype=torch.float64)[:, ::2]
    else:
        x = torch.randn(batch, height, width, channels, dtype=torch.float64)
    return x.detach().requires_grad_()


@given(
    sizes=sizes,
    stepsize=stepsizes,
    phase=phases,
    stride=strides,
    shared=st.booleans(),
    piece=st.sampled_from([1, 200, 1000, 4000, 10**6]),
)
def test_equals_the_definition_with_its_gradients(sizes, stepsize, phase, stride, shared, piece):
    x, groups = image(sizes, stride), moved_groups(stepsize, phase)
    operand = gather(x, groups)
    many = 1 if shared else sizes[0]
    matrix = torch.randn(many, sizes[4], operand.shape[3], dtype=torch.float64).requires_grad_()
    expected = operand @ matrix.mT.unsqueeze(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathered, "PIECE_BYTES", piece)
        y = gathered_product(x, matrix, groups)
        upstream = torch.randn_like(y)
        got = torch.autograd.grad(y, (x, matrix), upstream)
    torch.testing.assert_close(y, expected, atol=1e-12, rtol=0)
    for ours, theirs in zip(got, torch.autograd.grad(expected, (x, matrix), upstream), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_gradients_of_both_orders():
    x, groups = image((2, 3, 4, 5)), moved_groups(3, "released")
    matrix = torch.randn(2, 3, gather(x, groups).shape[3], dtype=torch.float64).requires_grad_()

    def product(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        return gathered_product(x, matrix, groups)

    assert torch.autograd.gradcheck(product, (x, matrix))
    assert torch.autograd.gradgradcheck(product, (x, matrix))


def test_reads_no_memory_it_has_not_written(poisoned_memory):
    x, groups = image((2, 5, 6, 7)), moved_groups(4, "paper")
    matrix = torch.randn(2, 3, gather(x, groups).shape[3], dtype=torch.float64).requires_grad_()
    y = gathered_product(x, matrix, groups)
    y.sum().backward()
    assert not any(t.isnan().any() for t in (y, x.grad, matrix.grad) if t is not None)


def test_columns_are_those_that_move_and_one():
    x, groups = image((1, 4, 4, 64)), moved_groups(3, "released")
    assert gather(x, groups).shape[3] == 64 + 2 * (21 + 21) + 1  # 22 of the 64 do not move
    assert moved_groups(1, "released") == []


@pytest.mark.parametrize("frozen", ["neither", "image", "matrix"])
def test_keeps_only_what_the_gradients_need(frozen):
    x, groups = image((2, 3, 4, 5)), moved_groups(3, "released")
    matrix = torch.randn(2, 3, gather(x, groups).shape[3], dtype=torch.float64).requires_grad_()
    x.requires_grad_(frozen != "image")
    matrix.requires_grad_(frozen != "matrix")
    saved: list[int] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor.data_ptr())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        gathered_product(x, matrix, groups)
    kept = {"neither": [x, matrix], "image": [x], "matrix": [matrix]}[frozen]
    assert saved == [t.data_ptr() for t in kept]


def test_low_precision_loses_no_digits_with_the_pieces(monkeypatch):
    monkeypatch.setattr(gathered, "PIECE_BYTES", 1)  # every row is a piece
    x, groups = image((2, 256, 4, 6)).detach().bfloat16(), moved_groups(3, "released")
    shape = (1, 3, gather(x, groups).shape[3])
    matrix = torch.randn(shape).bfloat16().requires_grad_()
    upstream = torch.randn(*x.shape[:3], 3).bfloat16()
    (got,) = torch.autograd.grad(gathered_product(x, matrix, groups), matrix, upstream)
    exact = upstream.double().flatten(0, 2).T @ gather(x.double(), groups).flatten(0, 2)
    assert got.dtype == torch.bfloat16
    assert (got - exact).norm() / exact.norm() < torch.finfo(torch.bfloat16).eps / 2
