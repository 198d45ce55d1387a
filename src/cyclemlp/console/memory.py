"""The error about memory that does not suffice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

# torch's allocator for the CPU raises a plain RuntimeError.
_OF_THE_CPU = ("can't allocate memory", "not enough memory")

_TRIED = re.compile(r"[Tt]ried to allocate ([\d.]+ \w+)")


class NotEnoughMemoryError(ValueError):
    """A batch does not fit into the memory."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that a device, or the machine, has too little memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _OF_THE_CPU)


@contextmanager
def explaining_memory(used: str, advice: Callable[[], str]) -> Iterator[None]:
    """Raise an error for users if the memory does not suffice.

    Args:
        used: the flags that decide about the memory, with their values.
        advice: returns what to do, and what is kept.

    Raises:
        NotEnoughMemoryError: within the block a device ran out of memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        message = f"the memory does not suffice for {used}{_amount(error)}. {advice()}"
        raise NotEnoughMemoryError(message) from error


def _amount(error: BaseException) -> str:
    """Return what could not be allocated, if torch says it."""
    found = _TRIED.search(str(error))
    return "" if found is None else f" ({found[1]} could not be allocated)"
