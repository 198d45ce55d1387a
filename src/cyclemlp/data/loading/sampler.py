"""Samplers: the samples of an epoch, their order, and their distribution over processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.utils.data import Sampler
from typing_extensions import override

from cyclemlp.data.loading.seeding import seed_of

_ORDER = 0  # separates the seeds of the order from those of draws, whose keys are longer


@dataclass(frozen=True, slots=True)
class Draw:
    """An occurrence of a sample in training; with the seed it determines the augmentation."""

    index: int
    epoch: int = 0
    repeat: int = 0


class DrawSampler(Sampler[Draw]):
    """Sampler with a new order each epoch, independent of the number of processes.

    The k-th batches of all processes together are the k-th batch of a single process with
    ``world_size`` times the batch size. An epoch has full batches only; the remaining samples are
    left out, different ones each epoch. If there are fewer samples than one full batch, an epoch is
    one smaller batch, with the same size on every process.

    Repeated augmentation follows DeiT's ``RASampler``: the shuffled samples, each `repeats` times
    in a row, are distributed to the processes one by one and truncated to the number of samples.
    DeiT truncates to a multiple of 256; here it is a multiple of the batch of all processes.

    Args:
        samples: number of samples in the data set.
        batch_size: on each process.
        seed: at least 0.
        repeats: number of times that a sample occurs in an epoch.
        rank: of this process.
        world_size: number of processes.

    Attributes:
        epoch: the epoch of the next iteration; `set_epoch` sets it.
        first_batch: first batch of the next iteration, to resume within an epoch.

    Raises:
        ValueError: there are fewer samples than processes, or a number is out of range.
    """

    def __init__(
        self,
        samples: int,
        batch_size: int,
        seed: int = 0,
        repeats: int = 1,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        assert 0 <= rank < world_size, (rank, world_size)
        if batch_size < 1 or repeats < 1 or seed < 0:
            raise ValueError(
                "batch_size and repeats are at least 1, seed at least 0; "
                f"got {batch_size}, {repeats}, {seed}"
            )
        if samples < world_size:
            raise ValueError(
                f"{samples} training images cannot be shared by {world_size} processes; "
                "use fewer devices or more images"
            )
        self.samples = samples
        self.seed = seed
        self.repeats = repeats
        self.rank = rank
        self.world_size = world_size
        self.batch_size = min(batch_size, samples // world_size)
        self.batches = samples // (self.batch_size * world_size)
        self.epoch = 0
        self.first_batch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches * self.batch_size

    @override
    def __iter__(self) -> Iterator[Draw]:
        first, self.first_batch = self.first_batch, 0
        mine = self._order(self.epoch)[self.rank :: self.world_size]
        return iter(self._draws(mine, first * self.batch_size, len(self)))

    def batch(self, epoch: int, number: int) -> list[Draw]:
        """Return the draws of this process's batch `number` of an epoch."""
        mine = self._order(epoch)[self.rank :: self.world_size]
        return self._draws(mine, number * self.batch_size, (number + 1) * self.batch_size, epoch)

    def _order(self, epoch: int) -> list[int]:
        """Return the draws of all processes, as numbers ``sample · repeats + repeat``."""
        generator = torch.Generator().manual_seed(seed_of(self.seed, epoch, _ORDER))
        shuffled = torch.randperm(self.samples, generator=generator)
        shown = shuffled[: -(-self.samples // self.repeats)]
        repeated = shown[:, None] * self.repeats + torch.arange(self.repeats)
        return repeated.flatten()[: self.samples].tolist()

    def _draws(
        self, order: list[int], first: int, end: int, epoch: int | None = None
    ) -> list[Draw]:
        epoch = self.epoch if epoch is None else epoch
        numbers = (divmod(number, self.repeats) for number in order[first:end])
        return [Draw(index, epoch, repeat) for index, repeat in numbers]


class EvalSampler(Sampler[Draw]):
    """Sampler of every sample once, in order; processes may get different numbers of samples.

    Args:
        samples: number of samples in the data set.
        rank: of this process.
        world_size: number of processes.
    """

    def __init__(self, samples: int, rank: int = 0, world_size: int = 1) -> None:
        self.indices = range(rank, samples, world_size)

    def __len__(self) -> int:
        return len(self.indices)

    @override
    def __iter__(self) -> Iterator[Draw]:
        return (Draw(index) for index in self.indices)
