"""One scenario: each contestant is prepared, checked, timed in turn, and measured for memory."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from cyclemlp.benchmarking.agreement import agrees, worst_difference
from cyclemlp.benchmarking.captured import CapturedRunner
from cyclemlp.benchmarking.comparison import Comparison, Row
from cyclemlp.benchmarking.contestants import Contestant
from cyclemlp.benchmarking.cost import count_macs
from cyclemlp.benchmarking.inference_only import EngineRunner
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.memory import peak_memory
from cyclemlp.benchmarking.runner import Runnable, Runner
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.benchmarking.timing import Clock, Times, interleaved, matrix_product

_PRODUCT = "matrix product"
_SPEEDS = ("ms_per_image", "ms_low", "ms_high", "images_per_second", "ratio", "share", "peak_mib")


@dataclass(frozen=True)
class _Entry:
    """A contestant ready to run, or the reason why it is refused."""

    call: Runnable | None
    gmacs: float | None = None
    difference: float | None = None
    refused: str | None = None


def compare(
    scenario: Scenario,
    contestants: Sequence[Contestant],
    references: dict[str, nn.Module],
    seconds: float,
    clock: Clock,
) -> Comparison:
    """Compare contestants in one scenario.

    Args:
        scenario: the circumstances.
        contestants: each must come after the contestant that its ratio compares with.
        references: contestant's name to the network it must agree with, run eagerly in float32.
        seconds: least time of the measurement; at least three rounds are measured.
        clock: measures the times.
    """
    device = torch.device(scenario.device)
    images = make_input(scenario).to(device)
    entries = {c.name: _entry(c, references, images, scenario) for c in contestants}
    product, flops = matrix_product(getattr(torch, scenario.precision), device, clock)
    calls = {name: e.call for name, e in entries.items() if e.call is not None}
    times = interleaved({**calls, _PRODUCT: product}, device, seconds, clock)
    rate = flops / times[_PRODUCT].median
    rows = tuple(_row(c, entries, times, rate, scenario) for c in contestants)
    torch.compiler.reset()
    return Comparison(scenario, rate / 1e9, rows)


def _entry(
    contestant: Contestant,
    references: dict[str, nn.Module],
    images: torch.Tensor,
    scenario: Scenario,
) -> _Entry:
    scenario = _own(contestant, scenario)
    reference = references.get(contestant.name, contestant.network)
    try:
        gmacs = _gmacs(contestant.network, scenario)
        runner = _runner(contestant, images, scenario)
        found, allowed = worst_difference(runner, reference, images, scenario)
    except Exception as error:  # networks raise many types for what they do not support
        return _Entry(None, refused=f"does not run: {_first_line(error)}")
    if not agrees(found, allowed):
        reason = f"differs from its reference by {found:.1e}, more than {allowed:.1e}: no speed"
        return _Entry(None, gmacs, found, reason)
    return _Entry(runner, gmacs, found)


def _runner(contestant: Contestant, images: torch.Tensor, scenario: Scenario) -> Runnable:
    if contestant.engine is not None:
        return EngineRunner(contestant.engine, contestant.network, images, scenario)
    if scenario.path == "captured":
        runner = Runner(contestant.network, images, replace(scenario, path="eager"))
        return CapturedRunner(runner)
    return Runner(contestant.network, images, scenario)


def _own(contestant: Contestant, scenario: Scenario) -> Scenario:
    """Return how a contestant runs: the deformable version always in float32, never compiled.

    Its authors run it so, and their operator has no bfloat16 on the CPU. Thus the fastest path of
    this library and theirs are compared in one run.
    """
    if contestant.kind == "deformable":
        path = "eager" if scenario.path == "compiled" else scenario.path
        return replace(scenario, precision="float32", path=path)
    return scenario


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]


def _gmacs(network: nn.Module, scenario: Scenario) -> float:
    """Return the GMACs of one image's forward pass, whatever path the scenario takes."""
    return count_macs(copy.deepcopy(network).cpu().eval(), make_input(scenario)[:1]) / 1e9


def _row(
    contestant: Contestant,
    entries: dict[str, _Entry],
    times: dict[str, Times],
    rate: float,
    scenario: Scenario,
) -> Row:
    entry = entries[contestant.name]
    # torch counts no FLOPs of deformable convolutions; they equal those of the Cycle FC.
    counted = contestant.ratio_to if contestant.kind == "deformable" else contestant.name
    facts = {
        "name": contestant.name,
        "kind": contestant.kind,
        "ratio_to": contestant.ratio_to,
        "parameters": sum(p.numel() for p in contestant.network.parameters()),
        "gmacs": entries[counted].gmacs,
        "top1": contestant.top1,
        "difference": entry.difference,
        "refused": entry.refused,
    }
    if entry.call is None:
        return Row(**facts, **dict.fromkeys(_SPEEDS), rounds=0)
    took, base = times[contestant.name], times.get(contestant.ratio_to)
    entry.call.drop_gradients()
    return Row(
        **facts,
        **_speeds(took, scenario.batch_size),
        ratio=took.median / base.median if base else None,
        share=_share(contestant, facts["gmacs"], took, rate, scenario),
        peak_mib=_peak_mib(entry.call, torch.device(scenario.device)),
    )


def _peak_mib(call: Runnable, device: torch.device) -> float | None:
    """Return the peak memory of a call, None for engines and graphs: they have their own."""
    return peak_memory(call, device) / 2**20 if isinstance(call, Runner) else None


def _speeds(took: Times, images: int) -> dict[str, Any]:
    return {
        "ms_per_image": 1e3 * took.median / images,
        "ms_low": 1e3 * took.low / images,
        "ms_high": 1e3 * took.high / images,
        "rounds": took.rounds,
        "images_per_second": images / took.median,
    }


def _share(
    contestant: Contestant, gmacs: float | None, took: Times, rate: float, scenario: Scenario
) -> float | None:
    """Return the contestant's FLOP rate divided by that of the matrix product."""
    if not gmacs or _own(contestant, scenario).precision != scenario.precision:
        return None
    passes = 3 if scenario.work == "training" else 1  # a product has two gradients
    return 2e9 * gmacs * passes * scenario.batch_size / took.median / rate
