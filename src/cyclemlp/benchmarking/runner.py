"""Running a network as a scenario demands."""

from __future__ import annotations

import copy
from typing import Any, Protocol

import torch
import torch._inductor.config as inductor_config
from timm.layers import DropPath
from torch import nn

from cyclemlp.benchmarking.scenarios import Scenario


class Runnable(Protocol):
    """What can be compared and timed."""

    def __call__(self) -> torch.Tensor:
        """Run once, and return the result."""
        ...

    def outcome(self) -> list[torch.Tensor]:
        """Return the tensors to compare."""
        ...

    def drop_gradients(self) -> None:
        """Free the memory of all gradients."""
        ...


class Runner:
    """Runs a copy of a network: a forward pass, or forward and backward.

    Args:
        network: the network to copy.
        images: the input, on the device that computes.
        scenario: work, precision and path.
    """

    def __init__(self, network: nn.Module, images: torch.Tensor, scenario: Scenario) -> None:
        training = scenario.work == "training"
        dtype = getattr(torch, scenario.precision)
        self.network = copy.deepcopy(network).to(images.device, dtype).train(training)
        self.images = images.to(dtype)
        self.training = training
        if training and scenario.subject == "operator":  # inside a network x has a gradient too
            self.images = self.images.detach().clone().requires_grad_()
        self._compiled: Any = self.network
        _disable_randomness(self.network)
        if scenario.path == "compiled":
            self._compiled = torch.compile(self.network, dynamic=False)

    def __call__(self) -> torch.Tensor:
        """Run the network once, and return its result."""
        if not self.training:
            with torch.no_grad():
                return self._compiled(self.images)
        self.drop_gradients()
        result = self._compiled(self.images)
        result.square().mean().backward()
        return result

    def drop_gradients(self) -> None:
        """Free the memory of all gradients."""
        for tensor in self._inputs():
            tensor.grad = None

    def outcome(self) -> list[torch.Tensor]:
        """Return the tensors to compare: the result or, in training, all gradients (0 for none).

        A compiled network is compiled in the first call.
        """
        # As an option of torch.compile, freezing leaves weights unpacked (torch 2.15).
        with inductor_config.patch(freezing=not self.training):
            result = self()
        return self.tensors(result)

    def tensors(self, result: torch.Tensor) -> list[torch.Tensor]:
        """Return the tensors to compare after a call, which returned `result`."""
        if not self.training:
            return [result]
        return [torch.zeros_like(t) if t.grad is None else t.grad for t in self._inputs()]

    def _inputs(self) -> list[torch.Tensor]:
        inputs = [*self.network.parameters(), self.images]
        return [tensor for tensor in inputs if tensor.requires_grad]


def _disable_randomness(network: nn.Module) -> None:
    """Disable dropout and stochastic depth, so that two runs compute the same."""
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        elif isinstance(module, DropPath):
            module.drop_prob = 0.0
