"""How the images of a task become a batch: stacked in one tensor, or kept in a list."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import torch
from torch import Tensor
from torch.utils.data import default_collate
from typing_extensions import override

from cyclemlp.data.loading.collate import as_lists

Images: TypeAlias = "Tensor | list[Tensor]"
"""A batch of prepared images: ``(B, 3, H, W)``, or a list of ``(3, H, W)`` that differ in size."""


class Batching(ABC):
    """How images of one task are joined into batches.

    Attributes:
        default_size: images per forward pass if the user gives no number.
        keeps_size: whether images keep their original size instead of being resized.
    """

    default_size: ClassVar[int]
    keeps_size: bool = False

    @abstractmethod
    def join(self, images: Sequence[Tensor]) -> Images:
        """Join prepared images ``(3, H, W)`` into the batch that `Task.infer` takes."""

    @abstractmethod
    def collate(self, samples: Sequence[tuple[Tensor, Any]]) -> Any:
        """Join samples into ``(images, targets)``, as the ``collate_fn`` of a `DataLoader`."""

    @abstractmethod
    def probe_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return an image (height, width) with which a network can be tested.

        Args:
            size: of the preprocessing.
        """

    def images_at_once(self, asked: int | None = None) -> int:
        """Return the number of images per forward pass.

        Args:
            asked: the user's choice; None for `default_size`.
        """
        return asked or self.default_size


class Stacked(Batching):
    """All images have the preprocessing's size; a batch is a tensor ``(B, 3, H, W)``."""

    default_size = 32

    @override
    def join(self, images: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(images))

    @override
    def collate(self, samples: Sequence[tuple[Tensor, Any]]) -> Any:
        return default_collate(list(samples))

    @override
    def probe_size(self, size: tuple[int, int]) -> tuple[int, int]:
        return size


class Listed(Batching):
    """Images differ in size; a batch is a list of images and a list of targets.

    Args:
        keeps_size: whether images keep their original size. They are then predicted one at a time,
            because a single one may need the memory of a batch.
    """

    default_size = 8

    def __init__(self, keeps_size: bool = False) -> None:
        self.keeps_size = keeps_size

    @override
    def join(self, images: Sequence[Tensor]) -> list[Tensor]:
        return list(images)

    @override
    def collate(self, samples: Sequence[tuple[Tensor, Any]]) -> Any:
        return as_lists(samples)

    @override
    def probe_size(self, size: tuple[int, int]) -> tuple[int, int]:
        return min(size), min(size)  # images may have any aspect ratio

    @override
    def images_at_once(self, asked: int | None = None) -> int:
        return 1 if self.keeps_size else super().images_at_once(asked)
