"""What a trained network costs: operations, time and memory of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from cyclemlp.benchmarking.cost import count_activations, count_macs
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.memory import peak_memory
from cyclemlp.benchmarking.runner import Runner
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.benchmarking.timing import Times, interleaved
from cyclemlp.bundle.bundle import Bundle


@dataclass(frozen=True)
class Cost:
    """The cost of a network's forward pass for one image at its bundle's input size.

    Attributes:
        input: the input's ``HxW``.
        parameters: number of trainable parameters.
        gmacs: 10⁹ multiply-accumulates in matrix products and convolutions.
        activations_m: 10⁶ elements in the outputs of these.
        ms: median time in milliseconds.
        ms_low: lower quartile of the same.
        ms_high: upper quartile of the same.
        peak_mib: tensors alive at once besides the weights and the image, in MiB.
    """

    input: str
    parameters: int
    gmacs: float
    activations_m: float
    ms: float
    ms_low: float
    ms_high: float
    peak_mib: float


def costs(runs: Mapping[str, Path], device: torch.device, seconds: float) -> dict[str, Cost]:
    """Measure finished runs; their networks run in turn, as those of a benchmark.

    Args:
        runs: model's name -> the run's folder.
        device: where to measure.
        seconds: least time of the measurement; at least three rounds are measured.
    """
    runners = {name: _runner(run, device) for name, run in runs.items()}
    for runner in runners.values():
        runner()  # packs weights and compiles kernels
    times = interleaved(dict(runners), device, seconds)
    return {name: _cost(runner, times[name], device) for name, runner in runners.items()}


def _runner(run: Path, device: torch.device) -> Runner:
    bundle = Bundle.from_pretrained(run)
    preprocessing = bundle.config.preprocessing
    size = bundle.task().batching.probe_size(preprocessing.image_size)
    scenario = Scenario("model", "inference", str(device), "float32", "eager", 1, *size)
    images = make_input(scenario)
    if preprocessing.channels != images.shape[1]:
        images = images[:, :1].expand(-1, preprocessing.channels, -1, -1).contiguous()
    return Runner(bundle.network.eval(), images.to(device), scenario)


def _cost(runner: Runner, times: Times, device: torch.device) -> Cost:
    network: nn.Module = runner.network
    return Cost(
        input="{}x{}".format(*runner.images.shape[-2:]),
        parameters=sum(p.numel() for p in network.parameters()),
        gmacs=count_macs(network, runner.images) / 1e9,
        activations_m=count_activations(network, runner.images) / 1e6,
        ms=1e3 * times.median,
        ms_low=1e3 * times.low,
        ms_high=1e3 * times.high,
        peak_mib=peak_memory(runner, device) / 2**20,
    )
