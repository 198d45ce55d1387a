"""The sums of an epoch's training losses, over all processes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def _in_float64(loss: Tensor) -> Tensor:
    """Return a loss in float64, which Apple's GPUs do not have."""
    return (loss.cpu() if loss.device.type == "mps" else loss).double()


class LossTally:
    """Sums each training loss of an epoch in float64.

    A checkpoint keeps the sums of every process: their total, added up in another order, could
    differ in the last bit, and a resumed run would differ from an uninterrupted one.
    """

    def __init__(self) -> None:
        self._sums = torch.zeros(0, dtype=torch.float64)  # of each loss, then number of batches
        self._names: list[str] = []

    def reset(self) -> None:
        """Start a new epoch."""
        self._sums = self._sums.new_zeros(0)

    def add(self, losses: dict[str, Tensor]) -> None:
        """Add the losses of one batch; they have the same names in every batch."""
        if not self._names:
            self._names = list(losses)
        values = [_in_float64(losses[name].detach()) for name in self._names]
        batch = torch.stack([*values, torch.ones_like(values[0])])
        self._sums = self._sums + batch if len(self._sums) else batch

    def means(self, processes: int) -> dict[str, float]:
        """Return the mean of each loss over all processes. Call it on all of them."""
        total = self._gathered(processes).sum(dim=0)
        return dict(zip(self._names, (total[:-1] / total[-1]).tolist(), strict=True))

    def state_dict(self, processes: int) -> dict[str, Any]:
        """Return the sums of all processes. Call it on all of them."""
        return {"tally": self._gathered(processes).cpu(), "loss_names": self._names}

    def load_state_dict(
        self, state: dict[str, Any], processes: int, rank: int, device: torch.device
    ) -> None:
        """Continue with this process's sums.

        Raises:
            ValueError: the state is from another number of processes.
        """
        tally = state["tally"]
        if len(tally) != processes:
            raise ValueError(
                f"the run was started with {len(tally)} processes and cannot be resumed with "
                f"{processes}, because the batches would differ; start as many as before"
            )
        self._sums = tally[rank].to("cpu" if device.type == "mps" else device)
        self._names = state["loss_names"]

    def _gathered(self, processes: int) -> Tensor:
        """Return the sums of all processes, ``(processes, losses + 1)``."""
        if processes == 1:
            return self._sums[None]
        parts = [torch.empty_like(self._sums) for _ in range(processes)]
        torch.distributed.all_gather(parts, self._sums)
        return torch.stack(parts)
