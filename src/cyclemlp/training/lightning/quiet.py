"""Lightning's messages that repeat what this library prints."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Each with the reason why it does not concern the user.
_KNOWN_WARNINGS = (
    r".*does not have many workers.*",  # the user chose --workers, and 0 is a valid choice
    r".*GPU available but not used.*",  # the user chose --accelerator cpu
    r".*did not find any unused parameters.*",  # few of the networks that may have them do
    r".*in eval mode at the start of training.*",  # the user chose --freeze
    r".*set_vital.*",  # torch's own DataLoader calls a function that torch 2.15 deprecates
    r".*LeafSpec.*",  # Lightning 2.6 calls a deprecated function too
)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Suppress Lightning's log below WARNING and its warnings of `_KNOWN_WARNINGS`."""
    loggers = [logging.getLogger(f"lightning.{part}") for part in ("pytorch", "fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)  # INFO: devices seen, ranks, why fit stopped, tips
    try:
        with warnings.catch_warnings():
            for text in _KNOWN_WARNINGS:
                warnings.filterwarnings("ignore", message=text)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
