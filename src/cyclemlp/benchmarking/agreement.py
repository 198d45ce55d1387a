"""Whether a contestant computes the same as its reference."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

import torch
from torch import nn

from cyclemlp.benchmarking.differences import differences
from cyclemlp.benchmarking.runner import Runnable, Runner
from cyclemlp.benchmarking.scenarios import Scenario

# Relative distance to the float32 reference that is always allowed. Rounding errors of bfloat16
# accumulate over layers, more in some tensors than in others: there the distance of the reference
# itself, run in bfloat16, is the measure. Networks that round in another order were found at 1.1
# times this distance in results and 1.9 times in gradients; a network with wrong means at 3.6 and
# 11 times (B1 at 224).
_TOLERANCE = {
    ("inference", "float32"): 1e-4,
    ("training", "float32"): 1e-3,
    ("inference", "bfloat16"): 2**-8,
    ("training", "bfloat16"): 2**-8,
}
_TIMES_ROUNDING = {"inference": 2.0, "training": 3.0}


def worst_difference(
    runner: Runnable, reference: nn.Module, images: torch.Tensor, scenario: Scenario
) -> tuple[float, float]:
    """Return the difference of the worst tensor to the float32 reference, and its tolerance.

    Args:
        runner: runs the contestant.
        reference: the network that it must agree with.
        images: the input.
        scenario: how the contestant runs.
    """
    plain = replace(scenario, precision="float32", path="eager")
    expected = Runner(reference, images, plain).outcome()
    found = differences(runner.outcome(), expected)
    low = replace(scenario, path="eager")
    rounding = [0.0] * len(found)
    if low != plain:
        rounding = differences(Runner(reference, images, low).outcome(), expected)
    pairs = zip(found, _tolerances(rounding, scenario), strict=True)
    return max(pairs, key=lambda pair: _exceedance(*pair))


def agrees(difference: float, tolerance: float) -> bool:
    """Return whether a difference is within its tolerance; NaN is not."""
    return math.isfinite(difference) and difference <= tolerance


def _tolerances(rounding: list[float], scenario: Scenario) -> list[float]:
    least, times = _TOLERANCE[scenario.work, scenario.precision], _TIMES_ROUNDING[scenario.work]
    # A few rounding errors may cancel, so none counts less than the median.
    typical = median(rounding)
    return [max(least, times * typical, times * error) for error in rounding]


def _exceedance(difference: float, tolerance: float) -> float:
    return difference / tolerance if math.isfinite(difference) else math.inf
