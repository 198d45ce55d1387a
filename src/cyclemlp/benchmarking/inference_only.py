"""Ways to run this library's networks for inference only: prepared, and in other engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import torch
from torch import nn

from cyclemlp.benchmarking.contestants import Contestant
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.models.prepared import prepare

Engine: TypeAlias = Callable[[nn.Module, torch.Tensor, str], Callable[[], torch.Tensor]]
"""From a network, images `(B, 3, H, W)` and a precision to the call that computes the result.

The images are in float32 and the sizes are fixed, for the best speed. The call uses as many threads
as torch. An engine raises RuntimeError if it does not compute in the precision here.
"""


def add_inference_only(
    entries: Sequence[Contestant], scenario: Scenario, engines: Mapping[str, Engine]
) -> list[Contestant]:
    """Return all contestants of a scenario, each new one after the network that it runs.

    Args:
        entries: from `model_contestants`.
        scenario: the circumstances; in training, and on accelerators, nothing is added.
        engines: name to engine.
    """
    if (scenario.work, torch.device(scenario.device).type) != ("inference", "cpu"):
        return list(entries)
    return [one for entry in entries for one in (entry, *_ways(entry, scenario, engines))]


def _ways(
    entry: Contestant, scenario: Scenario, engines: Mapping[str, Engine]
) -> Iterator[Contestant]:
    if entry.kind != "ours":
        return
    if scenario.path == "eager":  # compiled, a prepared network is an ordinary one
        network = prepare(entry.network)
        yield replace(entry, name=f"{entry.name} prepared", kind="prepared", network=network)
    for name, engine in engines.items():
        yield replace(entry, name=f"{entry.name} {name}", kind="engine", engine=engine)


class EngineRunner:
    """Runs a network in another engine, as `Runner` does in torch.

    Args:
        engine: opens the network.
        network: in float32.
        images: the input.
        scenario: gives the precision.
    """

    def __init__(
        self, engine: Engine, network: nn.Module, images: torch.Tensor, scenario: Scenario
    ) -> None:
        self._run = engine(network, images, scenario.precision)

    def __call__(self) -> torch.Tensor:
        """Run the network once, and return its result."""
        return self._run()

    def outcome(self) -> list[torch.Tensor]:
        """Return the result alone."""
        return [self()]

    def drop_gradients(self) -> None:
        """Do nothing: there are none."""
