"""One scenario: every contestant prepared, checked, timed in turn, and measured for memory."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import torch
import torch._inductor.config as inductor_config
from timm.layers import DropPath
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.benchmarking.contestants import Contestant
from cyclemlp.benchmarking.measuring import (
    Clock,
    Times,
    differences,
    interleaved,
    matrix_product,
    peak_memory,
)
from cyclemlp.benchmarking.results import Comparison, Row, Scenario

# Relative distance to the float32 reference that is always allowed. Rounding of bfloat16 adds up
# over layers, more in some tensors than in others: there the reference itself, run in bfloat16,
# tells how far one may be from it. What rounds in another order was found at 1.1 times that in
# results, 1.9 in gradients; what takes the wrong means, at 3.6 and 11 (B1 at 224).
TOLERANCE = {
    ("inference", "float32"): 1e-4,
    ("training", "float32"): 1e-3,
    ("inference", "bfloat16"): 2**-8,
    ("training", "bfloat16"): 2**-8,
}
_TIMES_ROUNDING = {"inference": 2.0, "training": 3.0}
_PRODUCT = "matrix product"


@dataclass(frozen=True)
class _Entry:
    """A contestant ready to run, or why it is not."""

    call: _Runner | None
    gmacs: float | None = None
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
        if training and scenario.subject == "operator":  # in a network it has this gradient too
            self.images = self.images.detach().clone().requires_grad_()
        self._compiled: Any = self.network
        _draw_nothing(self.network)
        if scenario.path == "compiled":
            self._compiled = torch.compile(self.network, dynamic=False)

    def __call__(self) -> torch.Tensor:
        if not self.training:
            with torch.no_grad():
                return self._compiled(self.images)
        self.forget()
        result = self._compiled(self.images)
        result.square().mean().backward()
        return result

    def forget(self) -> None:
        """Release all gradients."""
        for tensor in self._inputs():
            tensor.grad = None

    def _inputs(self) -> list[torch.Tensor]:
        inputs = [*self.network.parameters(), self.images]
        return [tensor for tensor in inputs if tensor.requires_grad]

    def outcome(self) -> list[torch.Tensor]:
        """What is compared: the result, or all gradients, 0 for none. A compiler compiles here."""
        # the same as an option of torch.compile left weights unpacked (torch 2.15)
        with inductor_config.patch(freezing=not self.training):
            result = self()
        if not self.training:
            return [result]
        return [torch.zeros_like(t) if t.grad is None else t.grad for t in self._inputs()]


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
    seconds: float,
    clock: Clock,
) -> Comparison:
    """Set contestants side by side.

    Args:
        scenario: the circumstances.
        contestants: ours before what is set against it.
        references: contestant's name to the network it must agree with, run eagerly in float32.
        seconds: of timing, at least; three rounds are always taken.
        clock: which measures them.
    """
    device = torch.device(scenario.device)
    images = _images(scenario).to(device)
    entries = {c.name: _entry(c, references, images, scenario) for c in contestants}
    product, flops = matrix_product(getattr(torch, scenario.precision), device, clock)
    calls = {name: e.call for name, e in entries.items() if e.call is not None}
    times = interleaved({**calls, _PRODUCT: product}, device, seconds, clock)
    rate = flops / times[_PRODUCT].median
    rows = tuple(_row(c, entries, times, rate, scenario) for c in contestants)
    torch.compiler.reset()
    return Comparison(scenario, rate / 1e9, rows)


def _images(scenario: Scenario) -> torch.Tensor:
    """The same for every contestant and run: NCHW images, or an operator's channels-last input.

    As in photographs, images and channels have means of their own and grow lighter to one side.
    In pure noise all means are about 0, and who neglects them would not be found out.
    """
    generator = torch.Generator().manual_seed(0)
    many, height, width = scenario.batch_size, scenario.height, scenario.width
    channels = scenario.channels or 3

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(many, channels, *shape, generator=generator)

    down = drawn(1, 1) * torch.linspace(-1, 1, height)[:, None]
    across = drawn(1, 1) * torch.linspace(-1, 1, width)
    images = drawn(1, 1) + down + across + drawn(height, width)
    return images.permute(0, 2, 3, 1).contiguous() if scenario.channels else images


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
        runner = _Runner(contestant.network, images, scenario)
        found, allowed = _parity(runner, reference, images, scenario)
    except Exception as error:  # whatever another network raises for what it does not support
        return _Entry(None, refused=f"does not run: {_first_line(error)}")
    if not (math.isfinite(found) and found <= allowed):
        reason = f"differs from its reference by {found:.1e}, more than {allowed:.1e}: no speed"
        return _Entry(None, gmacs, found, reason)
    return _Entry(runner, gmacs, found)


def _own(contestant: Contestant, scenario: Scenario) -> Scenario:
    """How a contestant runs: the deformable version as its authors run it, whatever the others do.

    So that our best path is set against it in one run. Their operator has no bfloat16 on CPU.
    """
    if contestant.kind == "deformable":
        return replace(scenario, precision="float32", path="eager")
    return scenario


def _parity(
    runner: _Runner, reference: nn.Module, images: torch.Tensor, scenario: Scenario
) -> tuple[float, float]:
    """How far the worst tensor is from the float32 reference, and how far it may be."""
    plain = replace(scenario, precision="float32", path="eager")
    low = replace(scenario, path="eager")
    expected = _Runner(reference, images, plain).outcome()
    found = differences(runner.outcome(), expected)
    rounding = [0.0] * len(found)
    if low != plain:
        rounding = differences(_Runner(reference, images, low).outcome(), expected)
    # a few rounding errors may cancel: none counts for less than the typical one
    least, times = TOLERANCE[scenario.work, scenario.precision], _TIMES_ROUNDING[scenario.work]
    typical = median(rounding)
    allowed = [max(least, times * typical, times * error) for error in rounding]
    return max(zip(found, allowed, strict=True), key=lambda pair: _order(*pair))


def _order(found: float, allowed: float) -> float:
    """What is no number is the worst."""
    return found / allowed if math.isfinite(found) else math.inf


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
    entries: dict[str, _Entry],
    times: dict[str, Times],
    rate: float,
    scenario: Scenario,
) -> Row:
    # torch counts no FLOPs of deformable convolutions; they are those of the operator it stands for
    stands_for = contestant.ratio_to if contestant.kind == "deformable" else contestant.name
    entry, counted = entries[contestant.name], entries[stands_for].gmacs
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
    has_rate = _own(contestant, scenario).precision == scenario.precision
    passes = 3 if scenario.work == "training" else 1  # a product has two gradients
    base = times.get(contestant.ratio_to)
    entry.call.forget()
    return Row(
        **facts,
        ms_per_image=1e3 * took.median / many,
        ms_low=1e3 * took.low / many,
        ms_high=1e3 * took.high / many,
        rounds=took.rounds,
        images_per_second=many / took.median,
        ratio=took.median / base.median if base else None,
        share=2e9 * counted * passes * many / took.median / rate if counted and has_rate else None,
        peak_mib=peak_memory(entry.call, torch.device(scenario.device)) / 2**20,
    )


_SPEEDS = ("ms_per_image", "ms_low", "ms_high", "images_per_second", "ratio", "share", "peak_mib")
