"""The operator, a mixer, a block and a network on a GPU, compared with float64 on the CPU."""

from __future__ import annotations

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
# What one rounding of each operand costs, in norm, times what the depth of a network adds.
BOUNDS = {torch.float32: 1e-5, torch.bfloat16: 2e-2, torch.float16: 4e-3}


def _distance(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return ((ours.double().cpu() - theirs).norm() / theirs.norm()).item()


def _compare(network: nn.Module, x: torch.Tensor, dtype: torch.dtype, bound: float) -> None:
    """Compare the result and all gradients in `dtype` with those in float64."""
    wide, low = network.double(), None
    y = wide(x)
    grad = torch.randn_like(y)
    parameters = dict(wide.named_parameters())
    expected = dict(
        zip(parameters, torch.autograd.grad(y, list(parameters.values()), grad), strict=True)
    )
    low = type(network)(*network.arguments) if hasattr(network, "arguments") else None
    import copy

    low = copy.deepcopy(network).to(DEVICE, dtype)
    z = low(x.to(DEVICE, dtype))
    found = torch.autograd.grad(z, list(low.parameters()), grad.to(DEVICE, dtype))
    assert _distance(z, y) < bound
    for name, gradient in zip(parameters, found, strict=True):
        assert _distance(gradient, expected[name]) < 3 * bound, name
