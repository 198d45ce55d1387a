"""The message about memory that does not suffice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from cyclemlp.training.lightning.precision import choose_precision
from cyclemlp.training.settings.settings import Settings

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
def advising_on_memory(
    settings: Settings, size: tuple[int, int], kept: Callable[[], str]
) -> Iterator[None]:
    """Raise an error that says what was used and which flags help, if the memory does not suffice.

    Args:
        settings: of the run.
        size: (height, width) of the training images, in pixels.
        kept: returns what the run leaves behind.

    Raises:
        NotEnoughMemoryError: within the block a device ran out of memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise NotEnoughMemoryError(
            f"the memory does not suffice for --batch-size {settings.batch_size} at "
            f"{size[0]} × {size[1]} px with --precision {choose_precision(settings)}"
            f"{_amount(error)}. {_remedies(settings)}. {kept()}"
        ) from error


def _amount(error: BaseException) -> str:
    """Return what could not be allocated, if torch says it."""
    found = _TRIED.search(str(error))
    return "" if found is None else f" ({found[1]} could not be allocated)"


def _remedies(settings: Settings) -> str:
    batch = settings.batch_size
    smaller = (
        f"--batch-size {batch // 2} --accumulate {2 * settings.accumulate}"
        if (isinstance(batch, int) and batch > 1)
        else "a smaller --model"
    )
    return (
        f"Use {smaller} (the same images per step), a smaller --image-size, or "
        "--grad-checkpointing (more time)"
    )
