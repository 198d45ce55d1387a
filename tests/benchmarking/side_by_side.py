"""Comparing single modules."""

from __future__ import annotations

import time
from typing import Any

from torch import nn

from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.contestants import Contestant
from cyclemlp.benchmarking.scenarios import Scenario

LAYER = Scenario("operator", "inference", "cpu", "float32", "eager", 2, 6, 5, 8)


def compare_modules(
    entries: dict[str, tuple[str, nn.Module]], references: Any = None, **changes: Any
):
    scenario = Scenario(**{**vars(LAYER), **changes})
    made = [
        Contestant(name, kind, module, "ours", None) for name, (kind, module) in entries.items()
    ]
    comparison = compare(scenario, made, references or {}, 0.0, time.perf_counter)
    return {row.name: row for row in comparison.rows}
