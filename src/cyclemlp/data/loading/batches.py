"""Batches whose errors are one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cyclemlp.data.images.opening import ImageError


def plain_errors(batches: Iterator[Any]) -> Iterator[Any]:
    """Yield the batches; the error of an unusable file is raised without a worker's traceback."""
    try:
        yield from batches
    except (ImageError, FileNotFoundError) as error:
        error.__traceback__ = None  # it refers to the loader, and would keep the workers alive
        name = type(error).__qualname__
        sentence = str(error).strip().splitlines()[-1]
        sentence = sentence.removeprefix(f"{type(error).__module__}.{name}: ")
        raise type(error)(sentence.removeprefix(f"{name}: ")) from None
