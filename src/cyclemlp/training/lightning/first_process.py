"""The first of a run's processes, which alone writes files and messages."""

from __future__ import annotations

import sys

from lightning.pytorch.utilities import rank_zero_only


def is_first_process() -> bool:
    """Return whether this process is the one that writes."""
    return _true_on_first_process() is True


@rank_zero_only
def _true_on_first_process() -> bool:
    return True


@rank_zero_only
def print_message(text: str) -> None:
    """Print `text` to standard error, on the first process only.

    Standard output is reserved for the command's result. A live progress bar stays below the text.
    """
    print(text, file=sys.stderr, flush=True)
