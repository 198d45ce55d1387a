"""Exponential moving average (EMA) of the weights, which is validated and bundled."""

from __future__ import annotations

from collections.abc import Callable

import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor, nn


class Ema(WeightAveraging):
    """Lightning's weight averaging with a warmup of the decay, which copies integer buffers.

    The decay of update n is ``min(decay, (1 + n) / (10 + n))``, so that the average of a short run
    does not consist of its initial weights. Lightning's `EMAWeightAveraging` has no warmup, and
    averages integer buffers such as index tables, where rounding gives wrong values.

    Args:
        decay: 0..1, e.g. 0.9999.
    """

    def __init__(self, decay: float) -> None:
        super().__init__(multi_avg_fn=_averager(decay))

    @property
    def network(self) -> nn.Module:
        """The network with the averaged weights."""
        assert self._average_model is not None  # Lightning has no public access to it
        return self._average_model.module.network  # type: ignore[return-value, union-attr]


def _averager(decay: float) -> Callable[[list[Tensor], list[Tensor], Tensor], None]:
    @torch.no_grad()
    def update(averages: list[Tensor], currents: list[Tensor], updates: Tensor) -> None:
        if not averages[0].is_floating_point():
            torch._foreach_copy_(averages, currents)
            return
        count = int(updates)
        torch._foreach_lerp_(averages, currents, 1 - min(decay, (1 + count) / (10 + count)))

    return update
