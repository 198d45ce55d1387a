"""Two ways for a run to stop early: the user's Ctrl-C, and numbers that are no longer finite."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback
from typing_extensions import override

from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.say import say


class RunInterruptedError(Exception):
    """The user stopped the run; its last checkpoint is complete.

    Not a KeyboardInterrupt: that one Lightning turns into ``sys.exit(1)``.
    """


class NonFiniteError(ValueError):
    """The loss or a gradient became infinite or not a number."""


class Interruption:
    """Turns Ctrl-C (SIGINT) and SIGTERM into a stop at the next place that can be saved exactly.

    An exception in the middle of an optimizer step would leave half-updated weights. A second
    Ctrl-C stops at once and leaves the last checkpoint as it is.
    """

    def __init__(self) -> None:
        self._asked = False
        self._process = os.getpid()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT over while the run trains."""
        # Python allows signal handlers in the main thread only; elsewhere Ctrl-C is not ours.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = signal.signal(signal.SIGINT, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def requested(self, trainer: pl.Trainer) -> bool:
        """Whether a process was asked to stop. All processes ask, and get the same answer."""
        asked = self._asked or trainer.received_sigterm
        return bool(trainer.strategy.reduce_boolean_decision(asked, all=False))

    def stop(self, trainer: pl.Trainer) -> None:
        """Leave the run."""
        raise RunInterruptedError(f"after optimizer step {trainer.global_step}")

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            return  # a loader's worker, forked with this handler: it ends when the loader does
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        say("Stopping after this step and saving it; press Ctrl-C again to stop at once.")


class FiniteGuard(Callback):
    """Stops before an update with a gradient that is not finite, and saves the weights before it.

    Gradients rather than losses: they are not finite wherever the loss is not, and after their
    reduction all processes see the same, so that all stop.

    Args:
        folder: of the checkpoints.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "failed.ckpt"

    @override
    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        assert isinstance(pl_module, TrainingModule)
        if trainer.precision == "16-mixed" and pl_module.loss.isfinite():
            return  # float16 overflows by design: the scaler skips the step and lowers its scale
        grads = [p.grad for p in pl_module.parameters() if p.grad is not None]
        if torch.nn.utils.get_total_norm(grads).isfinite():
            return
        trainer.save_checkpoint(self.path)
        raise NonFiniteError(self._message(trainer, pl_module))

    def _message(self, trainer: pl.Trainer, pl_module: TrainingModule) -> str:
        batch = trainer.fit_loop.batch_idx
        files = trainer.datamodule.batch_files(trainer.current_epoch, batch)  # type: ignore[attr-defined]
        return (
            f"the loss is {pl_module.loss.item():.4g} and its gradients are not finite at optimizer"
            f" step {trainer.global_step + 1} (epoch {trainer.current_epoch + 1}, batch {batch + 1}"
            f": {_shortened(files)}). The weights before this update are in {self.path}. Lower "
            "--lr, add --clip-grad 1, or train with --precision 32-true"
        )


def _shortened(files: list[str], most: int = 4) -> str:
    rest = len(files) - most
    return ", ".join(files[:most]) + (f" and {rest} more" if rest > 0 else "")
