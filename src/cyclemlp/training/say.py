"""What a run tells its user."""

from __future__ import annotations

import sys

from lightning.pytorch.utilities import rank_zero_only


@rank_zero_only
def say(text: str) -> None:
    """Print `text` to standard error, from the first process alone.

    Standard error, because standard output belongs to the command's result. A live progress bar
    prints it above itself.
    """
    print(text, file=sys.stderr, flush=True)
