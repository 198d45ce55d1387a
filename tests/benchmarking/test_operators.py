"""The operators that replace the Cycle FC compute what they claim."""

from __future__ import annotations

import pytest
import torch

from cyclemlp.benchmarking.operators import DefinitionFC, DeformableFC, channel_fc
from cyclemlp.models import CycleFC


@pytest.mark.parametrize("stepsize", [(1, 3), (3, 1), (3, 3)])
def test_the_deformable_operator_is_the_same_function(stepsize):
    layer, x = CycleFC(7, 4, stepsize=stepsize), torch.randn(2, 5, 6, 7)
    torch.testing.assert_close(DeformableFC(layer)(x), layer(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_definition_is_the_same_function_in_low_precision(dtype):
    layer, x = CycleFC(7, 4).to(dtype), torch.randn(2, 5, 6, 7, dtype=dtype)
    found = DefinitionFC(layer)(x)
    assert found.dtype == dtype
    torch.testing.assert_close(found, layer(x), atol=1e-2, rtol=1e-2)


def test_the_channel_fc_is_the_operator_without_shifts():
    layer, x = CycleFC(7, 4), torch.randn(2, 5, 6, 7)
    still = CycleFC(7, 4, stepsize=(1, 1))
    still.load_state_dict(layer.state_dict())
    torch.testing.assert_close(channel_fc(layer)(x), still(x))
