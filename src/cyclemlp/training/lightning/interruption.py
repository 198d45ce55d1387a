"""Ctrl-C and SIGTERM: stop the run after the current optimizer step."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import lightning.pytorch as pl

from cyclemlp.training.lightning.first_process import print_message


class RunInterruptedError(Exception):
    """The user stopped the run; its last checkpoint is complete.

    It is not a KeyboardInterrupt, because Lightning turns that into ``sys.exit(1)``.
    """


class Interruption:
    """Turns Ctrl-C (SIGINT) and SIGTERM into a stop at a point that a checkpoint can restore.

    An exception in the middle of an optimizer step would leave half-updated weights. A second
    Ctrl-C stops at once, and the last checkpoint is unchanged.
    """

    def __init__(self) -> None:
        self._asked = False
        self._process = os.getpid()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle SIGINT during training, and restore the previous handler afterwards."""
        # Python allows signal handlers in the main thread only.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = signal.signal(signal.SIGINT, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def requested(self, trainer: pl.Trainer) -> bool:
        """Return whether any process was asked to stop. Call it on all processes."""
        asked = self._asked or trainer.received_sigterm
        return bool(trainer.strategy.reduce_boolean_decision(asked, all=False))

    def stop(self, trainer: pl.Trainer) -> None:
        """Raise the error that ends the run."""
        raise RunInterruptedError(f"after optimizer step {trainer.global_step}")

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            return  # a forked loader worker inherits this handler, and ends with its loader
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        print_message("Stopping after this step and saving it; press Ctrl-C again to stop at once.")
