"""Silence of other libraries' loggers, whose notes are not for the user of an export."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

CUDA_SEARCH = "torch.utils.cpp_extension"
"""Logger that warns on import about a CUDA toolkit without a GPU; no export uses one."""


@contextmanager
def silenced(*names: str) -> Iterator[None]:
    """Disable the loggers of these names, and restore them at the end."""
    loggers = [logging.getLogger(name) for name in names]
    before = [one.disabled for one in loggers]
    try:
        for one in loggers:
            one.disabled = True
        yield
    finally:
        for one, disabled in zip(loggers, before, strict=True):
            one.disabled = disabled
