"""One Lightning module for every task: a step is the task's losses, an epoch's end its metrics."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from typing_extensions import override

from cyclemlp.data.loading.seeding import seed_of
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.optimizer import create_optimizer
from cyclemlp.training.lightning.schedule import create_schedule
from cyclemlp.training.settings.settings import Settings


class TrainingModule(pl.LightningModule):
    """Trains `network` on `task`.

    Args:
        network: as ``task.build`` made it.
        task: losses, mixing and metrics.
        settings: of the run.
        lr: the schedule's peak.
    """

    def __init__(self, network: nn.Module, task: Task, settings: Settings, lr: float) -> None:
        super().__init__()
        self.network = network
        self.task = task
        self.settings = settings
        self.lr = lr
        self.mixer = task.mixer(settings.augment)
        self.scores: dict[str, float] = {}  # of the latest validation
        self.loss = torch.zeros(())  # of the latest batch
        self._tally = torch.zeros(0, dtype=torch.float64)  # sum of each loss, then batches
        self._loss_names: list[str] = []
        self._metrics: Any = None

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
    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        torch.manual_seed(self._step_seed(batch_idx))
        images, targets = batch
        if self.mixer is not None:
            images, targets = self.mixer(images, targets)
        losses = self.task.losses(self.network, images, targets)
        loss = torch.stack(list(losses.values())).sum()
        self._count(losses)
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

    def _count(self, losses: dict[str, Tensor]) -> None:
        if not self._loss_names:
            self._loss_names = list(losses)
        if not len(self._tally):
            self._tally = torch.zeros(len(losses) + 1, dtype=torch.float64, device=self.device)
        values = [losses[name].detach().double() for name in self._loss_names]
        self._tally += torch.stack([*values, torch.ones_like(values[0])])

    @override
    def on_train_epoch_start(self) -> None:
        self._tally = self._tally.new_zeros(0)

    def mean_losses(self) -> dict[str, float]:
        """This epoch's mean of each training loss, over all processes. Call it on all of them."""
        total = self._gathered_tally().sum(dim=0)
        means = (total[:-1] / total[-1]).tolist()
        return dict(zip(self._loss_names, means, strict=True))

    def _gathered_tally(self) -> Tensor:
        """The tallies of all processes, ``(world, losses + 1)``."""
        if self.trainer.world_size == 1:
            return self._tally[None]
        parts = [torch.empty_like(self._tally) for _ in range(self.trainer.world_size)]
        torch.distributed.all_gather(parts, self._tally)
        return torch.stack(parts)

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        # All processes' sums: their total, added up in another order, could differ in the last bit.
        checkpoint["tally"] = self._gathered_tally().cpu()
        checkpoint["loss_names"] = self._loss_names
        checkpoint["settings"] = self.settings.digest

    @override
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        tally = checkpoint["tally"]
        if len(tally) != self.trainer.world_size:
            raise ValueError(
                f"the run was interrupted with {len(tally)} processes and cannot go on with "
                f"{self.trainer.world_size}: the batches would differ; start as many as before"
            )
        self._tally = tally[self.global_rank].to(self.device)
        self._loss_names = checkpoint["loss_names"]
