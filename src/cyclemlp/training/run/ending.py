"""What a user is told if a run ends before its last epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.lightning.interruption import RunInterruptedError, TimeIsUpError
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.run.history import History


@contextmanager
def interruptible(folder: RunFolder) -> Iterator[None]:
    """Raise the user's interruption as a KeyboardInterrupt that says how to continue.

    Args:
        folder: of the run.
    """
    try:
        yield
    except RunInterruptedError as stop:
        raise KeyboardInterrupt(f"{stop}; {folder.resume_advice}") from None
    except SystemExit as stop:
        if not isinstance(stop.__context__, KeyboardInterrupt):
            raise
        raise KeyboardInterrupt(folder.resume_advice) from None


@contextmanager
def limited(max_time: str | None, folder: RunFolder, history: History) -> Iterator[None]:
    """Say that ``--max-time`` is over; the run then ends with the epochs that it has.

    Args:
        max_time: the limit, as the user gave it.
        folder: of the run.
        history: its epochs.

    Raises:
        ValueError: no epoch was validated.
    """
    try:
        yield
    except TimeIsUpError as stop:
        again = f"{folder.resume_command} --max-time TIME, longer than before"
        over = f"--max-time {max_time} is over {stop}"
        if not history.is_ranked:
            raise ValueError(
                f"{over}, and no epoch was validated, so that there is no bundle yet; to "
                f"continue, run: {again}"
            ) from None
        print_message(f"{over}; to continue, run: {again}")
