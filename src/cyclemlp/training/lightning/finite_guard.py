"""Stop a run whose loss or gradients are NaN or infinite."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback
from typing_extensions import override

from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.lightning.saving import save_or_report

_NAMED_FILES = 4


class NonFiniteError(ValueError):
    """The loss or a gradient is NaN or infinite."""


class FiniteGuard(Callback):
    """Stops before an update with non-finite gradients, and saves the weights before it.

    It checks gradients rather than losses: they are non-finite whenever the loss is, and after
    their reduction they are equal on all processes, so that all processes stop.

    Args:
        path: of the checkpoint to save.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        assert isinstance(pl_module, TrainingModule)
        if trainer.precision == "16-mixed" and pl_module.loss.isfinite():
            return  # float16 may overflow: the gradient scaler skips the step and lowers its scale
        grads = [p.grad for p in pl_module.parameters() if p.grad is not None]
        if torch.nn.utils.get_total_norm(grads).isfinite():
            return
        save_or_report(trainer, self.path)
        raise NonFiniteError(self._message(trainer, pl_module))

    def _message(self, trainer: pl.Trainer, pl_module: TrainingModule) -> str:
        batch = trainer.fit_loop.batch_idx
        files = trainer.datamodule.batch_files(trainer.current_epoch, batch)  # type: ignore[attr-defined]
        return (
            f"the loss is {pl_module.loss.item():.4g} and its gradients are not finite at optimizer"
            f" step {trainer.global_step + 1} (epoch {trainer.current_epoch + 1}, batch {batch + 1}"
            f": {_listed(files)}). The weights before this update are in {self.path}. Lower "
            "--lr, add --clip-grad 1, or train with --precision 32-true"
        )


def _listed(files: list[str]) -> str:
    rest = len(files) - _NAMED_FILES
    return ", ".join(files[:_NAMED_FILES]) + (f" and {rest} more" if rest > 0 else "")
