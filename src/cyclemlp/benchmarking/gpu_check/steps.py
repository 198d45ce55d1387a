"""The steps of a check, in order of worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import torch

from cyclemlp.benchmarking.gpu_check.definition import check_definitions
from cyclemlp.benchmarking.gpu_check.first_call import check_first_call
from cyclemlp.benchmarking.gpu_check.layouts import check_layouts
from cyclemlp.benchmarking.gpu_check.own_tests import check_tests
from cyclemlp.benchmarking.gpu_check.plan import Plan
from cyclemlp.benchmarking.gpu_check.step import Finding, Step
from cyclemlp.benchmarking.run import compare_contestants
from cyclemlp.benchmarking.scenarios import Scenario, every_scenario
from cyclemlp.ops import explain_backend

_DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def steps_of(plan: Plan) -> Iterator[Step]:
    """Yield the steps: is it right, how fast is what matters most, then the rest."""
    fast, many, against = plan.without_python, plan.batch_size, plan.against
    measured = partial(_measured, plan)
    yield Step("backends", 1, partial(_check_backends, plan.device))
    yield Step("definitions", 20, partial(check_definitions, plan.device))
    if plan.device.type == "cuda":
        yield Step("tests", 150, partial(check_tests, plan))
    yield from measured("operator", "inference", "bfloat16", fast, many)
    yield from measured("model", "inference", "bfloat16", fast, many, against)
    yield from measured("model", "training", "bfloat16", fast, many, against)
    yield from measured("model", "inference", "bfloat16", fast, 1, against)
    yield from measured("model", "inference", "float32", fast, many, against)
    yield Step("first call", 20, partial(check_first_call, plan))
    yield from measured("model", "training", "bfloat16", "eager", many, against)
    yield from measured("operator", "training", "bfloat16", fast, many)
    yield Step("memory formats", 15, partial(check_layouts, plan))
    for name in plan.models[1:]:
        yield from measured("model", "inference", "bfloat16", fast, many, model=name)
    yield from measured("model", "inference", "bfloat16", "compiled", many, seconds=60)
    yield from measured("model", "training", "bfloat16", "compiled", many, seconds=120)


def _measured(
    plan: Plan,
    subject: str,
    work: str,
    precision: str,
    path: str,
    batch_size: int,
    against: tuple[str, ...] = (),
    model: str | None = None,
    seconds: float = 8,
) -> Iterator[Step]:
    """Yield a step for each scenario: one for a model, one a stage for the operator."""
    name, sizes = model or plan.models[0], [(plan.image_size, plan.image_size)]
    axes = ([subject], [work], [str(plan.device)], [precision], [path], [batch_size], sizes)
    for scenario in every_scenario(name, *axes):
        title = f"{name}: {scenario}" if subject == "model" else str(scenario)
        run = partial(_compare, scenario, name, against, plan.seconds)
        yield Step(title, seconds + plan.seconds, run)


def _compare(scenario: Scenario, model: str, against: tuple[str, ...], seconds: float) -> Finding:
    found = compare_contestants(scenario, [model], against, {}, seconds)
    ours = [row for row in found.rows if row.kind == "ours"]
    return Finding(not any(row.refused for row in ours), {"comparison": asdict(found)})


def _check_backends(device: torch.device) -> Finding:
    """Return the operator's path for each dtype; on a GPU it ought to be Triton's."""
    paths: dict[str, Any] = {}
    for dtype in _DTYPES:
        x = torch.zeros(1, 4, 4, 64, device=device, dtype=dtype)
        paths[str(dtype).removeprefix("torch.")] = str(explain_backend(x))
    expected = "triton" if device.type == "cuda" else ""
    return Finding(all(path.startswith(expected) for path in paths.values()), paths)
