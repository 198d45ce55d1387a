"""A mixer and a block under torch.func, forward-mode differentiation and a second gradient."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.autograd import forward_ad

from cyclemlp.models import fast
from cyclemlp.models.block import Block
from cyclemlp.models.mixer import CycleMixer


@pytest.fixture(params=["reweight", "sum"])
def block(request: pytest.FixtureRequest) -> Block:
    torch.manual_seed(0)
    mixer = CycleMixer(8, fusion=request.param, dtype=torch.float64)
    return Block(8, mixer, 2.0, dtype=torch.float64)


def _definition(block: Any, x: torch.Tensor) -> torch.Tensor:
    """Three branches and the layers of the MLP: ordinary operators and the registered one."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(fast, "block", lambda layers, x: None)
        monkeypatch.setattr(fast, "mixer", lambda layers, x: None)
        return block(x)


def _slopes(function: Any, x: torch.Tensor, tangent: torch.Tensor) -> torch.Tensor:
    """The derivative along a tangent by two backward passes, which the other ways do not share."""
    x, dual = x.clone().requires_grad_(), torch.zeros_like(function(x)).requires_grad_()
    (pulled,) = torch.autograd.grad(function(x), x, dual, create_graph=True)
    return torch.autograd.grad(pulled, dual, tangent)[0]


def test_the_derivative_forwards_is_that_of_the_layers(block):
    x, tangent = torch.randn(2, 2, 9, 8, 8, dtype=torch.float64)
    expected = _slopes(lambda x: _definition(block, x), x, tangent)
    by_func = torch.func.jvp(block, (x,), (tangent,))[1]
    with forward_ad.dual_level():
        dual = forward_ad.unpack_dual(block(forward_ad.make_dual(x, tangent))).tangent
    for found in (by_func, dual, _slopes(block, x, tangent)):
        torch.testing.assert_close(found, expected, atol=1e-11, rtol=0)


def test_gradients_of_each_image_are_those_one_by_one(block):
    images = torch.randn(3, 1, 9, 8, 8, dtype=torch.float64)
    parameters = dict(block.named_parameters())

    def loss(parameters: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(block, parameters, (x,)).square().sum()

    found = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, images)
    for i, image in enumerate(images):
        block.zero_grad()
        block(image).square().sum().backward()
        for name, parameter in block.named_parameters():
            torch.testing.assert_close(found[name][i], parameter.grad, atol=1e-10, rtol=1e-10)
