"""One scenario: every contestant prepared, checked, timed in turn, and measured for memory."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch._inductor.config as inductor_config
from timm.layers import DropPath
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.benchmarking.contestants import Contestant
from cyclemlp.benchmarking.measuring import (
    Call,
    Clock,
    Times,
    difference,
    interleaved,
    matrix_product,
    peak_memory,
)
from cyclemlp.benchmarking.results import Comparison, Row, Scenario

# Relative distance to the float32 reference. Rounding of float32 stays below a tenth of it; that
# of bfloat16 adds up over layers, most in gradients.
TOLERANCE = {
    ("inference", "float32"): 1e-4,
    ("training", "float32"): 1e-3,
    ("inference", "bfloat16"): 0.1,
    ("training", "bfloat16"): 0.3,
}
_PRODUCT = "matrix product"


@dataclass(frozen=True)
class _Entry:
    """A contestant ready to run, or why it is not."""

    call: Call | None
    difference: float | None = None
    refused: str | None = None


class _Runner:
    """Runs a network as a scenario asks: a forward pass, or forward and backward."""

    def __init__(self, network: nn.Module, images: torch.Tensor, scenario: Scenario) -> None:
        training = scenario.work == "training"
        dtype = getattr(torch, scenario.precision)
        self.network = copy.deepcopy(network).to(images.device, dtype).train(training)
        self.images = images.to(dtype)
        self.training = training
        self._compiled: Any = self.network
        _draw_nothing(self.network)
        if scenario.path == "compiled":
            self._compiled = torch.compile(self.network, dynamic=False)

    def __call__(self) -> torch.Tensor:
        if not self.training:
            with torch.no_grad():
                return self._compiled(self.images)
        for parameter in self.network.parameters():
            parameter.grad = None
        result = self._compiled(self.images)
        result.square().mean().backward()
        return result

    def outcome(self) -> list[torch.Tensor]:
        """What is compared: the result, or all gradients. A compiler compiles here."""
        # the same as an option of torch.compile left weights unpacked (torch 2.15)
        with inductor_config.patch(freezing=not self.training):
            result = self()
        if not self.training:
            return [result]
        return [p.grad for p in self.network.parameters() if p.grad is not None]


def _draw_nothing(network: nn.Module) -> None:
    """Leave out what draws random numbers: two runs of a training step must be one computation."""
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        elif isinstance(module, DropPath):
            module.drop_prob = 0.0


def compare(
    scenario: Scenario,
    contestants: Sequence[Contestant],
    references: dict[str, nn.Module],
    device: torch.device,
    seconds: float,
    clock: Clock,
) -> Comparison:
    """Set contestants side by side.

    Args:
        scenario: the circumstances.
        contestants: ours before what is set against it.
        references: contestant's name to the network it must agree with, run eagerly in float32.
        device: where to compute.
        seconds: of timing, at least; three rounds are always taken.
        clock: which measures them.
    """
    images = _images(scenario).to(device)
    entries = {c.name: _entry(c, references, images, scenario) for c in contestants}
    product, flops = matrix_product(getattr(torch, scenario.precision), device)
    product()
    calls = {name: e.call for name, e in entries.items() if e.call is not None}
    times = interleaved({**calls, _PRODUCT: product}, device, seconds, clock)
    rate = flops / times[_PRODUCT].median
    gmacs = {c.name: _gmacs(c.network, scenario) for c in contestants}
    rows = tuple(
        _row(c, entries[c.name], times, gmacs, rate, device, scenario) for c in contestants
    )
    torch.compiler.reset()
    return Comparison(scenario, rate / 1e9, rows)


def _images(scenario: Scenario) -> torch.Tensor:
    """The same for every contestant and run: NCHW images, or an operator's channels-last input."""
    generator = torch.Generator().manual_seed(0)
    size = (scenario.height, scenario.width)
    shape = (*size, scenario.channels) if scenario.channels else (3, *size)
    return torch.randn(scenario.batch_size, *shape, generator=generator)


def _entry(
    contestant: Contestant,
    references: dict[str, nn.Module],
    images: torch.Tensor,
    scenario: Scenario,
) -> _Entry:
    if contestant.kind == "deformable" and scenario.path == "compiled":
        return _Entry(None, refused="the authors' operator is compared as they run it, eagerly")
    plain = Scenario("model", scenario.work, "float32", "eager", 0, 0, 0)
    reference = references.get(contestant.name, contestant.network)
    try:
        runner = _Runner(contestant.network, images, scenario)
        found = difference(runner.outcome(), _Runner(reference, images, plain).outcome())
    except Exception as error:  # whatever another network raises for what it does not support
        return _Entry(None, refused=f"does not run: {_first_line(error)}")
    tolerance = TOLERANCE[scenario.work, scenario.precision]
    if not found <= tolerance:
        reason = f"differs from its reference by {found:.1e}, more than {tolerance:.0e}: no speed"
        return _Entry(None, found, reason)
    return _Entry(runner, found)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]


def _gmacs(network: nn.Module, scenario: Scenario) -> float:
    """Of one image's forward pass, counted on the layers whatever path runs."""
    image = _images(scenario)[:1]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        copy.deepcopy(network).cpu().eval()(image)
    return counter.get_total_flops() / 2e9


def _row(
    contestant: Contestant,
    entry: _Entry,
    times: dict[str, Times],
    gmacs: dict[str, float],
    rate: float,
    device: torch.device,
    scenario: Scenario,
) -> Row:
    # torch counts no FLOPs of deformable convolutions; they are those of the operator it stands for
    counted = gmacs[contestant.ratio_to if contestant.kind == "deformable" else contestant.name]
    facts = {
        "name": contestant.name,
        "kind": contestant.kind,
        "ratio_to": contestant.ratio_to,
        "parameters": sum(p.numel() for p in contestant.network.parameters()),
        "gmacs": counted,
        "top1": contestant.top1,
        "difference": entry.difference,
        "refused": entry.refused,
    }
    if entry.call is None:
        return Row(**facts, **dict.fromkeys(_SPEEDS), rounds=0)
    took, many = times[contestant.name], scenario.batch_size
    passes = 3 if scenario.work == "training" else 1  # a product has two gradients
    base = times.get(contestant.ratio_to)
    return Row(
        **facts,
        ms_per_image=1e3 * took.median / many,
        ms_low=1e3 * took.low / many,
        ms_high=1e3 * took.high / many,
        rounds=took.rounds,
        images_per_second=many / took.median,
        ratio=took.median / base.median if base else None,
        share=2e9 * counted * passes * many / took.median / rate,
        peak_mib=peak_memory(entry.call, device) / 2**20,
    )


_SPEEDS = ("ms_per_image", "ms_low", "ms_high", "images_per_second", "ratio", "share", "peak_mib")
