"""A small network against its definition, on each device of a machine."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from cyclemlp.benchmarking.agreement import agrees, worst_difference
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.operators import DefinitionFC, layer_by_layer, with_operator
from cyclemlp.benchmarking.parameters import randomise
from cyclemlp.benchmarking.runner import Runner
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.benchmarking.timing import interleaved
from cyclemlp.ops.backends import explain_backend
from cyclemlp.tasks.common.backbones import create_network

_MODEL = "cyclemlp_nano"
_WORK = {"inference": "forward", "training": "forward and backward"}


@dataclass(frozen=True)
class Pass:
    """A pass of the network, compared with its definition: float32, 2 images of 64 × 64.

    Attributes:
        device: torch's name of the device.
        work: `"forward"` or `"forward and backward"`.
        backend: the path of the operator, and why.
        milliseconds: median time of a pass.
        definition_milliseconds: the same for the definition, layer by layer.
        difference: relative distance of the worst tensor to the definition's.
        agrees: whether the difference is within its tolerance.
    """

    device: str
    work: str
    backend: str
    milliseconds: float
    definition_milliseconds: float
    difference: float
    agrees: bool

    def __str__(self) -> str:
        verdict = "agrees with" if self.agrees else "DIFFERS FROM"
        return (
            f"{self.device} {self.work}: {self.milliseconds:.1f} ms, definition "
            f"{self.definition_milliseconds:.1f} ms; {verdict} it (relative difference "
            f"{self.difference:.1e})"
        )


def self_check(device: torch.device) -> list[Pass]:
    """Return a forward pass, and one forward and backward, of a small network on a device."""
    network = randomise(create_network(_MODEL).eval())
    definition = layer_by_layer(with_operator(network, DefinitionFC))
    return [_compared(network, definition, work, device) for work in _WORK]


def _compared(network: nn.Module, definition: nn.Module, work: str, device: torch.device) -> Pass:
    scenario = Scenario("model", work, str(device), "float32", "eager", 2, 64, 64)
    images = make_input(scenario).to(device)
    runners = {"ours": Runner(network, images, scenario)}
    runners["definition"] = Runner(definition, images, scenario)
    difference, tolerance = worst_difference(runners["ours"], definition, images, scenario)
    runners["definition"]()  # warm, as the other one is now
    times = interleaved(dict(runners), device, seconds=0)
    return Pass(
        device=str(device),
        work=_WORK[work],
        backend=str(explain_backend(images.permute(0, 2, 3, 1))),
        milliseconds=times["ours"].median * 1e3,
        definition_milliseconds=times["definition"].median * 1e3,
        difference=difference,
        agrees=agrees(difference, tolerance),
    )
