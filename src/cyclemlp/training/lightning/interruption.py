"""Ctrl-C and SIGTERM: stop the run after the current optimizer step."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import lightning.pytorch as pl

from cyclemlp.training.lightning.first_process import print_message


class RunInterruptedError(Exception):
    """The user stopped the run; its last checkpoint is complete.

    It is not a KeyboardInterrupt, because Lightning turns that into ``sys.exit(1)``.
    """


class TimeIsUpError(RunInterruptedError):
    """The run has taken as long as ``--max-time`` allows; its last checkpoint is complete."""


class Interruption:
    """Turns Ctrl-C (SIGINT) and SIGTERM into a stop at a point that a checkpoint can restore.

    An exception in the middle of an optimizer step would leave half-updated weights. A second
    Ctrl-C stops at once, and the last checkpoint is unchanged.

    Args:
        is_time_up: tells whether the run has taken as long as it may; None without a limit. It is
            used instead of Lightning's Timer, which ends the epoch as if it were complete.
    """

    def __init__(self, is_time_up: Callable[[], bool] | None = None) -> None:
        self._is_time_up = is_time_up
        self._time_is_up = False
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
        decide = trainer.strategy.reduce_boolean_decision
        if self._is_time_up is not None:
            self._time_is_up = bool(decide(self._is_time_up(), all=False))
        asked = self._asked or trainer.received_sigterm
        return bool(decide(asked, all=False)) or self._time_is_up

    def stop(self, trainer: pl.Trainer) -> None:
        """Raise the error that ends the run."""
        kind = TimeIsUpError if self._time_is_up else RunInterruptedError
        raise kind(f"after optimizer step {trainer.global_step}")

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            return  # a forked loader worker inherits this handler, and ends with its loader
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        print_message("Stopping after this step and saving it; press Ctrl-C again to stop at once.")
