"""Which samples an epoch shows, in which order, on which process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.utils.data import Sampler
from typing_extensions import override

from cyclemlp.data.loading.seeding import seed_of

_ORDER = 0  # keeps the order's seeds apart from those of single draws, whose keys are longer


@dataclass(frozen=True, slots=True)
class Draw:
    """A sample at a point of training: all that its augmentation depends on, besides the seed."""

    index: int
    epoch: int = 0
    repeat: int = 0


class DrawSampler(Sampler[Draw]):
    """A new order each epoch, in which any number of processes share one sequence of batches.

    The k-th batches of all processes together are the k-th batch that a single process with
    ``world_size`` times the batch size has. An epoch has whole batches only: what remains of the
    order is left out, another part each epoch. Fewer samples than one such batch make an epoch of
    one smaller batch, the same size on every process.

    Repeated augmentation is DeiT's (its ``RASampler``): the shuffled samples, each `repeats` times
    in a row, dealt to the processes one by one, cut to the number of samples. DeiT cuts to a
    multiple of 256 of them; here it is one of the whole batch.

    Args:
        samples: in the data set.
        batch_size: on each process.
        seed: at least 0.
        repeats: how often a sample comes in an epoch.
        rank: of this process.
        world_size: number of processes.

    Attributes:
        epoch: the one that iteration shows; `set_epoch` sets it.
        first_batch: of the next iteration; for going on in the middle of an epoch.

    Raises:
        ValueError: fewer samples than processes, or a number out of range.
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
        """Set the epoch that the next iteration shows."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches * self.batch_size

    @override
    def __iter__(self) -> Iterator[Draw]:
        first, self.first_batch = self.first_batch, 0
        mine = self._order(self.epoch)[self.rank :: self.world_size]
        return iter(self._draws(mine, first * self.batch_size, len(self)))

    def batch(self, epoch: int, number: int) -> list[Draw]:
        """The draws of this process's batch `number` of an epoch."""
        mine = self._order(epoch)[self.rank :: self.world_size]
        return self._draws(mine, number * self.batch_size, (number + 1) * self.batch_size, epoch)

    def _order(self, epoch: int) -> list[int]:
        """Positions in ``shuffled × repeats``, as numbers ``sample · repeats + repeat``."""
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
    """Every sample once, in order; each process takes its own, and none is added to even them out.

    Args:
        samples: in the data set.
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
