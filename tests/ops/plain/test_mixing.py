"""The mixer's identities against three branches written out."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given

from cyclemlp.ops import cycle_fc
from cyclemlp.ops.offsets import Cycle
from cyclemlp.ops.plain.eager import shift
from cyclemlp.ops.plain.mixing import branch_means, mix, one_product_pays

from .test_gathered import image, phases, sizes, stepsizes, strides


def _parameters(channels: int) -> list[torch.Tensor]:
    shapes = [(channels, channels), (channels,)] * 2 + [(channels, channels)] * 2 + [(channels,)]
    return [torch.randn(s, dtype=torch.float64).requires_grad_() for s in shapes]


@given(sizes=sizes, stepsize=stepsizes, phase=phases, stride=strides)
def test_means_are_those_of_the_moved_images(sizes, stepsize, phase, stride):
    x = image(sizes, stride)
    same, moved, mean = branch_means(x, stepsize, phase)
    moves = [Cycle(s, phase).slices() for s in ((1, stepsize), (stepsize, 1))]
    torch.testing.assert_close(mean, x.mean((1, 2)), atol=1e-12, rtol=0)
    for ours, slices in zip(moved, moves, strict=True):
        torch.testing.assert_close(ours, shift(x, slices).mean((1, 2)), atol=1e-12, rtol=0)
    assert torch.equal(same, x)


@pytest.mark.parametrize("stepsize", [1, 2, 3, 7])
def test_means_have_exact_gradients_through_all_three_results(stepsize):
    x = image((2, 3, 4, 5))
    assert torch.autograd.gradcheck(lambda x: branch_means(x, stepsize, "released"), (x,))


@given(sizes=sizes, stepsize=stepsizes, phase=phases)
def test_equals_three_branches_with_all_gradients(sizes, stepsize, phase):
    x, channels = image(sizes), sizes[3]
    wide, wide_bias, high, high_bias, channel, proj, proj_bias = parameters = _parameters(channels)
    for scale in (None, torch.randn(sizes[0], 3, channels, dtype=torch.float64).requires_grad_()):
        branches = torch.stack(
            [
                cycle_fc(x, wide, wide_bias, (1, stepsize), phase),
                cycle_fc(x, high, high_bias, (stepsize, 1), phase),
                x @ channel.T,
            ]
        )
        a = 1 if scale is None else scale.transpose(0, 1)[:, :, None, None]
        expected = F.linear((branches * a).sum(0), proj, proj_bias)
        folded = (wide, wide_bias), (high, high_bias), channel
        y = mix(x, folded, scale, (proj, proj_bias), stepsize, phase)
        torch.testing.assert_close(y, expected, atol=1e-11, rtol=0)
        wanted = [x, *parameters, *([] if scale is None else [scale])]
        upstream = torch.randn_like(y)
        for ours, theirs in zip(
            torch.autograd.grad(y, wanted, upstream),
            torch.autograd.grad(expected, wanted, upstream),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs, atol=1e-11, rtol=0)


@pytest.mark.parametrize(
    ("dtype", "summed", "batch", "pays"),
    [
        (torch.float32, False, 8, [True, True, True, False]),
        (torch.float32, False, 1, [True, True, False, False]),
        (torch.float32, True, 8, [True, True, True, False]),
        (torch.bfloat16, False, 8, [True, True, False, False]),
        (torch.bfloat16, True, 1, [True, False, False, False]),
    ],
)
def test_the_rule_is_the_measured_one(dtype, summed, batch, pays):
    stages = [(56, 64), (28, 128), (14, 320), (7, 512)]
    images = [torch.empty(batch, side, side, channels, dtype=dtype) for side, channels in stages]
    assert [one_product_pays(x, summed) for x in images] == pays
