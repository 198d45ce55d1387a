"""Calls of a network's parts, recorded to be repeated with other engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from cyclemlp.exporting.part import Part
from cyclemlp.runtime.engines.engine import Engine, Engines


def torch_engine(part: Part) -> Engine:
    """Return an engine that computes a part with PyTorch, run eagerly."""
    return as_engine(part.module)


def as_engine(module: Callable[..., Any]) -> Engine:
    """Return an engine that calls a function from tensors to a tensor, or several of them."""

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        with torch.inference_mode():
            outputs: Any = module(*map(torch.from_numpy, inputs))
        return [
            one.numpy() for one in (outputs if isinstance(outputs, tuple | list) else (outputs,))
        ]

    return run


class Recording:
    """Engines that keep the inputs and outputs of every call.

    Args:
        engines: that compute.

    Attributes:
        engines: to call.
        calls: part, inputs and outputs of each call.
    """

    def __init__(self, engines: Engines) -> None:
        self.calls: list[tuple[str, Sequence[np.ndarray], list[np.ndarray]]] = []
        self.engines = {name: self._recorded(name, engine) for name, engine in engines.items()}

    def _recorded(self, name: str, engine: Engine) -> Engine:
        def run(*inputs: np.ndarray) -> list[np.ndarray]:
            outputs = engine(*inputs)
            self.calls.append((name, inputs, outputs))
            return outputs

        return run


def largest_difference(recording: Recording, engines: Engines) -> float:
    """Return the largest difference of any output from the recorded one, on the same inputs.

    It is a share of the largest value of that output, or of 1 if that is below 1.
    """
    worst = 0.0
    for name, inputs, outputs in recording.calls:
        for one, other in zip(outputs, engines[name](*inputs), strict=True):
            if one.shape != other.shape:
                return float("inf")
            apart = np.abs(one - other).max(initial=0) / np.abs(one).max(initial=1)
            worst = max(worst, float(np.nan_to_num(apart, nan=np.inf)))
    return worst
