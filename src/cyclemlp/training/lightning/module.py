"""The Lightning module that trains the network of any task."""

from __future__ import annotations

from typing import Any, Self

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from typing_extensions import override

from cyclemlp.data.loading.seeding import seed_of
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.frozen import frozen_modules
from cyclemlp.training.lightning.optimizer import create_optimizer
from cyclemlp.training.lightning.schedule import create_schedule
from cyclemlp.training.lightning.tally import LossTally
from cyclemlp.training.settings.settings import Settings


class TrainingModule(pl.LightningModule):
    """Trains with a task's losses and validates with its metrics.

    Args:
        network: created by ``task.build``.
        task: its losses, mixing and metrics are used.
        settings: of the run.
        lr: peak learning rate.

    Attributes:
        loss: of the latest batch, detached.
        scores: metrics of the latest epoch's validation; empty without one.
    """

    def __init__(self, network: nn.Module, task: Task, settings: Settings, lr: float) -> None:
        super().__init__()
        self.network = network
        self.task = task
        self.settings = settings
        self.lr = lr
        self.mixer = task.mixer(settings.augment)
        self.loss = torch.zeros(())
        self.scores: dict[str, float] = {}
        self._tally = LossTally()
        self._metrics: Any = None
        self.train()

    @override
    def configure_optimizers(self) -> Any:  # type: ignore[override]
        optimizer = create_optimizer(self.network, self.settings.optim, self.lr)
        steps = self.trainer.datamodule.steps_per_epoch  # type: ignore[attr-defined]
        schedule = create_schedule(optimizer, self.settings.optim, self.settings.epochs, steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    @override
    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        scheduler.step_update(self.global_step)

    @override
    def train(self, mode: bool = True) -> Self:
        """Set the mode of all modules but the frozen ones, which stay in evaluation mode."""
        super().train(mode)
        if self.settings.freeze is not None:
            for module in frozen_modules(self.network):
                module.eval()
        return self

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        torch.manual_seed(self._step_seed(batch_idx))
        images, targets = batch
        if self.mixer is not None:
            images, targets = self.mixer(images, targets)
        losses = self.task.losses(self.network, images, targets)
        loss = torch.stack(list(losses.values())).sum()
        self._tally.add(losses)
        self.loss = loss.detach()
        return loss

    def _step_seed(self, batch_idx: int) -> int:
        """Return the seed of the batch's mixing, dropout and stochastic depth.

        It depends on the batch's position alone, so that a resumed run draws the same random
        numbers as an uninterrupted one, and no generator's state is saved.
        """
        return seed_of(self.settings.seed, self.current_epoch, batch_idx, self.global_rank)

    @override
    def on_validation_epoch_start(self) -> None:
        self._metrics = self.task.metrics().to(self.device)

    @override
    def validation_step(self, batch: Any, batch_idx: int) -> None:
        images, targets = batch
        self._metrics.update(self.task.infer(self.network, images), targets)

    @override
    def on_validation_epoch_end(self) -> None:
        self.scores = {name: float(value) for name, value in self._metrics.compute().items()}
        self._metrics = None

    @override
    def on_train_epoch_start(self) -> None:
        self._tally.reset()
        self.scores = {}  # an epoch without validation has none

    def mean_losses(self) -> dict[str, float]:
        """Return the epoch's mean of each loss over all processes. Call it on all of them."""
        return self._tally.means(self.trainer.world_size)

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint.update(self._tally.state_dict(self.trainer.world_size))
        checkpoint["settings"] = self.settings.digest

    @override
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self._tally.load_state_dict(
            checkpoint, self.trainer.world_size, self.global_rank, self.device
        )
