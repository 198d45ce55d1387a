"""Batches: collation without stacking, and errors in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from cyclemlp.data.images.opening import ImageError


def unstacked(items: Sequence[tuple[Tensor, Any]]) -> tuple[list[Tensor], list[Any]]:
    """Collate images of different sizes: a list of images, and a list of targets."""
    images, targets = zip(*items, strict=True)
    return list(images), list(targets)


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
