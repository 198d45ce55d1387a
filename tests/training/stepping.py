"""Change the loss of one optimizer step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from torch import Tensor

from cyclemlp.training.lightning.module import TrainingModule


def at_step(monkeypatch: pytest.MonkeyPatch, step: int, action: Callable[[Tensor], Tensor]) -> None:
    """Apply `action` to the loss of one step, before its gradients are computed."""
    original = TrainingModule.training_step

    def training_step(self: TrainingModule, *args: Any) -> Tensor:
        loss = original(self, *args)
        if self.global_step != step:
            return loss
        loss = action(loss)
        self.loss = loss.detach()
        return loss

    monkeypatch.setattr(TrainingModule, "training_step", training_step)
