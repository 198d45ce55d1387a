"""Collate functions of loaders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from torch import Tensor

Collate: TypeAlias = Callable[[Sequence[tuple[Tensor, Any]]], Any]
"""Joins samples ``(image, target)`` into a batch ``(images, targets)``."""


def as_lists(samples: Sequence[tuple[Tensor, Any]]) -> tuple[list[Tensor], list[Any]]:
    """Return the images and the targets of samples as two lists, for images that differ in size."""
    images, targets = zip(*samples, strict=True)
    return list(images), list(targets)
