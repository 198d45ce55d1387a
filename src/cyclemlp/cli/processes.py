"""Which of several processes runs the command."""

from __future__ import annotations

import os

# Set by torchrun, by a trainer that starts its own processes, and by Slurm.
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")


def is_first_process() -> bool:
    """Return whether this is the only process that runs the command, or the first of several."""
    return all(os.environ.get(name, "0") == "0" for name in _RANKS)
