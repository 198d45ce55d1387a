"""The package's log messages on standard error while the command runs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cyclemlp.cli.processes import is_first_process


@contextmanager
def log_to_stderr() -> Iterator[None]:
    """Print the package's log messages; of several processes only the first one prints.

    The caller's logging settings are restored at the end.
    """
    logger = logging.getLogger("cyclemlp")
    handler = logging.StreamHandler(sys.stderr) if is_first_process() else logging.NullHandler()
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False  # a handler of the root logger would print each message again
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
