"""One model at one image size: whether it accepts the size, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from cyclemlp.benchmarking.cost import count_activations, count_macs, count_parameters
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.memory import peak_memory
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.benchmarking.timing import interleaved
from cyclemlp.comparing.candidate import Candidate
from cyclemlp.tasks.common.backbones import create_network


@dataclass(frozen=True)
class Point:
    """The cost of one image of a size, or the reason why there is none.

    Attributes:
        model: as the user named it.
        size: side of the image in pixels.
        accepts: whether the model, as it is published, takes this size.
        reason: why it does not, or why the model built for the size does not run; else None.
        parameters: number of trainable parameters of the model that ran, which is built for the
            size (timm's ``img_size``) if the published one does not take it.
        gmacs: 10⁹ multiply-accumulates.
        activations_m: 10⁶ elements in the outputs of matrix products and convolutions.
        ms: median time in milliseconds.
        ms_low: lower quartile of the same.
        ms_high: upper quartile of the same.
        peak_mib: tensors alive at once besides the weights and the image, in MiB.
    """

    model: str
    size: int
    accepts: bool
    reason: str | None = None
    parameters: int | None = None
    gmacs: float | None = None
    activations_m: float | None = None
    ms: float | None = None
    ms_low: float | None = None
    ms_high: float | None = None
    peak_mib: float | None = None


def measured(
    name: str, network: nn.Module, size: int, device: torch.device, seconds: float
) -> Point:
    """Try a model at a size; if it refuses, build it for the size and try again.

    Args:
        name: of the model, as `Candidate.of` reads it.
        network: the model as published, on the device and in evaluation mode.
        size: side of the image in pixels.
        device: where to measure.
        seconds: least time of the measurement of time; at least three calls are measured.
    """
    scenario = Scenario("model", "inference", str(device), "float32", "eager", 1, size, size)
    image = make_input(scenario).to(device)
    try:
        return Point(name, size, True, None, **_costs(network, image, device, seconds))
    except Exception as error:  # networks raise many types for what they do not support
        reason = _line(error)
    try:
        rebuilt = _of_size(name, size).to(device)
        return Point(name, size, False, reason, **_costs(rebuilt, image, device, seconds))
    except Exception as error:
        again = _line(error)
        return Point(name, size, False, reason if again == reason else f"{reason}; {again}")


def published_network(name: str) -> nn.Module:
    """Return a model as it is published, with initial weights and 1000 classes.

    Raises:
        ValueError: timm has no such model, or it does not take the arguments.
    """
    one = Candidate.of(name)
    return create_network(one.model, **one.model_args).eval().requires_grad_(requires_grad=True)


def _of_size(name: str, size: int) -> nn.Module:
    one = Candidate.of(name)
    arguments: dict[str, Any] = one.model_args | {"img_size": size}
    return create_network(one.model, **arguments).eval()


def _costs(
    network: nn.Module, image: torch.Tensor, device: torch.device, seconds: float
) -> dict[str, Any]:
    def call() -> object:
        with torch.inference_mode():
            return network(image)

    call()  # raises before anything is counted; it also packs weights and compiles kernels
    times = interleaved({"": call}, device, seconds)[""]
    return {
        "parameters": count_parameters(network),
        "gmacs": count_macs(network, image) / 1e9,
        "activations_m": count_activations(network, image) / 1e6,
        "ms": 1e3 * times.median,
        "ms_low": 1e3 * times.low,
        "ms_high": 1e3 * times.high,
        "peak_mib": peak_memory(call, device) / 2**20,
    }


def _line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]
