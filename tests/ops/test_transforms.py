"""What differentiates again, forwards, or over a batch of its own sees right numbers everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import forward_ad

from cyclemlp.ops import cycle_fc, cycle_fc_reference
from cyclemlp.ops.offsets import moved_groups
from cyclemlp.ops.plain.feed_forward import feed_forward
from cyclemlp.ops.plain.gathered import gathered_product
from cyclemlp.ops.plain.mixing import branch_means


def _draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


def _product(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    return gathered_product(x, matrix, moved_groups(3, "released"))


def _mlp(x, w1, b1, w2, b2):
    return feed_forward(x, (w1, b1), (w2, b2))


CASES: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "cycle_fc": (cycle_fc, ((2, 3, 2, 4), (3, 4), (3,))),
    "2-D": (lambda x, w: cycle_fc(x, w, None, (2, 3)), ((1, 3, 4, 6), (2, 6))),
    "channel FC": (lambda x, w: cycle_fc(x, w, None, (1, 1)), ((1, 2, 2, 3), (2, 3))),
    "a matrix an image": (_product, ((2, 3, 2, 4), (2, 2, 9))),
    "one matrix": (_product, ((2, 3, 2, 4), (1, 2, 9))),
    "means": (lambda x: branch_means(x, 3, "released"), ((2, 3, 2, 4),)),
    "MLP": (_mlp, ((1, 2, 2, 3), (5, 3), (5,), (3, 5), (3,))),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_forwards_backwards_and_twice(name):
    function, shapes = CASES[name]
    operands = [_draw(*shape) for shape in shapes]
    assert torch.autograd.gradcheck(function, operands, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(function, operands, check_fwd_over_rev=True)


@pytest.mark.parametrize("name", ["cycle_fc", "a matrix an image", "one matrix", "MLP"])
def test_frozen_operands_change_no_gradient_of_either_order(name):
    function, shapes = CASES[name]
    for wanted in range(len(shapes)):
        operands = [_draw(*shape).requires_grad_(i == wanted) for i, shape in enumerate(shapes)]
        assert torch.autograd.gradcheck(function, operands)
        assert torch.autograd.gradgradcheck(function, operands)


def test_jvp_of_a_linear_operator_is_the_operator_on_the_tangent():
    x, tangent, weight = _draw(2, 3, 4, 5), _draw(2, 3, 4, 5), _draw(3, 5)
    expected = cycle_fc_reference(tangent, weight)
    got = torch.func.jvp(lambda x: cycle_fc(x, weight), (x,), (tangent,))[1]
    torch.testing.assert_close(got, expected, atol=1e-12, rtol=0)
    with forward_ad.dual_level():
        y = cycle_fc(forward_ad.make_dual(x, tangent), weight)
        dual = forward_ad.unpack_dual(y).tangent
    torch.testing.assert_close(dual, expected, atol=1e-12, rtol=0)


def test_gradients_for_each_sample_by_vmap():
    x, weight = _draw(3, 1, 4, 5, 6), _draw(2, 6)
    per_sample = torch.func.grad(lambda w, x: cycle_fc(x, w).square().sum())
    got = torch.func.vmap(per_sample, in_dims=(None, 0))(weight, x)
    for ours, image in zip(got, x, strict=True):
        loss = cycle_fc_reference(image, weight).square().sum()
        torch.testing.assert_close(ours, torch.autograd.grad(loss, weight)[0])


def test_a_matrix_made_from_the_image_is_counted_once():
    x, base = _draw(2, 3, 2, 4), _draw(2, 2, 9)

    def own_share(x: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
        return _product(x, base * x.mean())

    assert torch.autograd.gradcheck(own_share, (x, base))
    assert torch.autograd.gradgradcheck(own_share, (x, base))
    matrix = base * x.mean()
    y = _product(x, matrix)
    once = torch.autograd.grad(y.sum(), (x, matrix), retain_graph=True)
    again = torch.autograd.grad(y.sum(), (x, matrix), create_graph=True)
    torch.testing.assert_close(again, once, atol=1e-12, rtol=0)


def test_mlp_weights_made_from_the_image_are_counted_once():
    x, w1, b1, w2, b2 = (_draw(*shape) for shape in CASES["MLP"][1])
    scaled = w1 * x.mean()
    y = _mlp(x, scaled, b1, w2, b2)
    once = torch.autograd.grad(y.sum(), (x, scaled), retain_graph=True)
    again = torch.autograd.grad(y.sum(), (x, scaled), create_graph=True)
    torch.testing.assert_close(again, once, atol=1e-12, rtol=0)
    expected = F.linear(F.gelu(F.linear(x, scaled, b1)), w2, b2)
    total = torch.autograd.grad(expected.sum(), scaled)[0]
    torch.testing.assert_close(once[1], total, atol=1e-12, rtol=0)
