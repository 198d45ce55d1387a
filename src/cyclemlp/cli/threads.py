"""How threads wait for work, decided before torch loads OpenMP."""

from __future__ import annotations

import os

# GNU's OpenMP, which torch's packages for Linux hold, lets idle threads spin by default. On a
# machine with other work they take the cores that the work needs.
# Sleeping at once doubles the time of small networks on an idle machine; a short spin does not.
_BRIEF = {"GOMP_SPINCOUNT": "10000"}
_CHOICES = (*_BRIEF, "OMP_WAIT_POLICY", "KMP_BLOCKTIME")


def let_idle_threads_sleep() -> None:
    """Let idle threads of this process and its children spin briefly, then sleep.

    It has an effect before torch is imported only. A user who sets one of OMP_WAIT_POLICY,
    GOMP_SPINCOUNT or KMP_BLOCKTIME decides alone: ``OMP_WAIT_POLICY=active`` spins.
    """
    if not any(name in os.environ for name in _CHOICES):
        os.environ.update(_BRIEF)
