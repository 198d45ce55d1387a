"""How long one thread of Python may keep the others waiting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# A forward pass needs the interpreter between its operators, for microseconds each time. A thread
# that decodes or answers would keep it waiting for up to 5 ms, Python's default, with idle cores.
_SECONDS = 0.0005


@contextmanager
def brief_turns() -> Iterator[None]:
    """Let threads of this process take briefer turns at the interpreter, within the context."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
