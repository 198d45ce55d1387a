"""The operator and a small network against their definitions."""

from __future__ import annotations

import copy
import random
from dataclasses import asdict
from typing import Any

import torch
from torch import nn

from cyclemlp.benchmarking.differences import differences
from cyclemlp.benchmarking.gpu_check.step import Finding
from cyclemlp.benchmarking.operators import DeformableFC
from cyclemlp.benchmarking.self_check import self_check
from cyclemlp.models.layers import CycleFC
from cyclemlp.ops import explain_backend

# relative distance, in norm, that rounding of the operands explains
_ALLOWED = {torch.float64: 1e-12, torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}
_STEPSIZES = ((1, 3), (3, 1), (1, 7), (3, 3), (1, 13))


def check_definitions(device: torch.device) -> Finding:
    """Compare results and gradients on drawn shapes.

    The network is compared with its definition on the device, the operator with the authors'
    deformable convolution in float64 on the CPU.
    """
    passes = self_check(device)
    drawn = random.Random(0)
    cases = [_case(device, dtype, step, drawn) for dtype in _ALLOWED for step in _STEPSIZES]
    passed = all(one.agrees for one in passes) and all(case["agrees"] for case in cases)
    return Finding(passed, {"network": [asdict(one) for one in passes], "operator": cases})


def _case(
    device: torch.device, dtype: torch.dtype, stepsize: tuple[int, int], drawn: random.Random
) -> dict[str, Any]:
    """Compare the operator on one drawn shape; x is not contiguous, and may have odd channels."""
    batch, height, width = (drawn.randint(1, most) for most in (4, 40, 40))
    channels, columns = drawn.choice((33, 64, 128, 300)), drawn.randint(1, 96)
    torch.manual_seed(drawn.getrandbits(32))
    layer = CycleFC(channels, columns, stepsize).to(dtype)
    x = torch.randn(batch, width, height, channels).to(dtype)
    found = _results(copy.deepcopy(layer).to(device), x.to(device))
    expected = _results(DeformableFC(layer.double()), x.double())
    worst = max(differences([t.cpu() for t in found], expected))
    return {
        "dtype": str(dtype).removeprefix("torch."),
        "shape": [batch, height, width, channels, columns],
        "stepsize": list(stepsize),
        "backend": explain_backend(found[1], stepsize).name,
        "difference": worst,
        "agrees": worst <= _ALLOWED[dtype],
    }


def _results(layer: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """Return the result, and the gradients of x and the parameters."""
    operands = [x.requires_grad_(), *layer.parameters()]
    y = layer(x.transpose(1, 2))
    upstream = torch.randn(y.shape, generator=torch.Generator().manual_seed(0)).to(y)
    return [y.detach(), *torch.autograd.grad(y, operands, upstream)]
