"""Running a network from a captured CUDA graph, without the time that Python takes to launch it."""

from __future__ import annotations

import torch

from cyclemlp.benchmarking.runner import Runner

_WARM_UPS = 3  # kernels are compiled and chosen before a capture, which permits neither


class CapturedRunner:
    """Runs what a `Runner` runs, captured once: a forward pass, or forward and backward.

    Args:
        runner: runs the network eagerly, on a CUDA device.

    Raises:
        ValueError: another device computes.
    """

    def __init__(self, runner: Runner) -> None:
        device = runner.images.device
        if device.type != "cuda":
            raise ValueError(f"CUDA graphs are captured on a CUDA device, not on the {device.type}")
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(device):
            _warm_up(runner)
            with torch.cuda.graph(self._graph):
                self._result = runner()
                self._outcome = runner.tensors(self._result)

    def __call__(self) -> torch.Tensor:
        """Run the network once, and return its result, which the next call overwrites."""
        self._graph.replay()
        return self._result

    def outcome(self) -> list[torch.Tensor]:
        """Return the tensors to compare, see `Runner.outcome`."""
        self()
        return self._outcome

    def drop_gradients(self) -> None:
        """Do nothing: the memory of the gradients is the graph's."""


def _warm_up(runner: Runner) -> None:
    """Run some times on another stream, as torch requires before a capture."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UPS):
            runner()
    torch.cuda.current_stream().wait_stream(stream)
