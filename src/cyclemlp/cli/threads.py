"""How threads wait for work, decided before torch loads OpenMP."""

from __future__ import annotations

import os

# GNU's OpenMP, which torch's packages for Linux hold, lets idle threads spin by default. On a
# machine with other work they take the cores that the work needs. LLVM's and Intel's OpenMP read
# KMP_BLOCKTIME instead.
_PASSIVE = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"}
_CHOICES = (*_PASSIVE, "GOMP_SPINCOUNT")


def let_idle_threads_sleep() -> None:
    """Let idle threads of this process and its children sleep instead of spin.

    It has an effect before torch is imported only. A user who sets one of OMP_WAIT_POLICY,
    GOMP_SPINCOUNT or KMP_BLOCKTIME decides alone: ``OMP_WAIT_POLICY=active`` spins.
    """
    if not any(name in os.environ for name in _CHOICES):
        os.environ.update(_PASSIVE)
