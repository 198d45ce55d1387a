"""Data loaders: deterministic batches, and exact resumption within an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from typing_extensions import override

from cyclemlp.data.loading.batches import plain_errors
from cyclemlp.data.loading.collate import Collate
from cyclemlp.data.loading.dataset import DrawDataset, Transform
from cyclemlp.data.loading.sampler import DrawSampler, EvalSampler
from cyclemlp.data.split import Split


class TrainLoader(DataLoader[tuple[Tensor, Any]]):
    """Training loader whose state is a position in an epoch, from which it resumes exactly.

    A batch depends only on its epoch and number, so the state consists of these two numbers. The
    workers have no state, and a run may be resumed with another number of them. torchdata's
    ``StatefulDataLoader`` saves the workers' states too, and refuses another number of them. It
    also starts its workers when the iterator is created, which Lightning does before it sets the
    sampler's epoch. Here iteration begins, and the epoch is read, with the first batch.

    Args:
        dataset: returns the sample of a draw.
        sampler: chooses the draws.
        workers: number of processes that load; 0 loads in this process.
        pin_memory: whether to copy batches to page-locked memory.
        collate: joins samples into a batch; by default stacks them.
    """

    sampler: DrawSampler  # type: ignore[assignment]

    def __init__(
        self,
        dataset: DrawDataset,
        sampler: DrawSampler,
        workers: int = 0,
        pin_memory: bool = False,
        collate: Collate | None = None,
    ) -> None:
        super().__init__(
            dataset,
            batch_size=sampler.batch_size,
            sampler=sampler,  # type: ignore[arg-type]  # torch declares samplers of int
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=pin_memory,
            collate_fn=collate,
            generator=torch.Generator(),  # else each epoch draws from the global generator
        )
        self._position = (0, 0)  # epoch, and number of its batches that were returned
        self._resumed = False

    @override
    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        epoch, done = self._position
        # a state from another epoch does not apply to this one
        first = done if self._resumed and epoch == self.sampler.epoch else 0
        self._resumed = False
        self.sampler.first_batch = first
        self._position = (self.sampler.epoch, first)
        for number, batch in enumerate(plain_errors(super().__iter__()), start=first + 1):
            self._position = (self.sampler.epoch, number)
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Return the epoch, and the number of its batches that were returned."""
        epoch, done = self._position
        return {"epoch": epoch, "batches": done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue the next iteration after the batches that `state` counts.

        The iteration is of the state's epoch. If `set_epoch` sets another epoch before the
        iteration begins, that epoch is iterated from its start.
        """
        self._position = (state["epoch"], state["batches"])
        self._resumed = True
        self.sampler.set_epoch(state["epoch"])


def train_loader(
    split: Split,
    transform: Transform,
    *,
    batch_size: int,
    seed: int = 0,
    workers: int = 0,
    repeats: int = 1,
    rank: int = 0,
    world_size: int = 1,
    collate: Collate | None = None,
) -> TrainLoader:
    """Return a loader of batches ``(images (B, 3, H, W), targets)`` in a new order each epoch.

    Call ``loader.sampler.set_epoch(epoch)`` before each epoch, as Lightning does. All batches of an
    epoch have the same size; see `DrawSampler` about the remaining samples.

    Args:
        split: the samples.
        transform: applied to a sample's image and target together.
        batch_size: on each process.
        seed: of order and augmentation, at least 0.
        workers: number of processes that load; 0 loads in this process.
        repeats: number of times that a sample occurs in an epoch; see `DrawSampler`.
        rank: of this process.
        world_size: number of training processes.
        collate: joins samples into a batch; by default stacks them.

    Raises:
        ValueError: there are fewer samples than processes, or a number is out of range. During
            iteration: a file became unusable; the message has its name.
    """
    sampler = DrawSampler(len(split), batch_size, seed, repeats, rank, world_size)
    dataset = DrawDataset(split, transform, seed)
    return TrainLoader(dataset, sampler, workers, torch.cuda.is_available(), collate)


def eval_loader(
    split: Split,
    transform: Transform,
    *,
    batch_size: int,
    workers: int = 0,
    rank: int = 0,
    world_size: int = 1,
    collate: Collate | None = None,
) -> DataLoader[tuple[Tensor, Any]]:
    """Return a loader of batches ``(images, targets)`` of every sample once, in order.

    Each of several processes loads its own samples, and no sample is loaded twice; some processes
    may load one sample fewer.

    Args:
        split: the samples.
        transform: applied to a sample's image and target together.
        batch_size: on each process.
        workers: number of processes that load; 0 loads in this process.
        rank: of this process.
        world_size: number of evaluating processes.
        collate: joins samples into a batch; by default stacks them.
    """
    return _EvalLoader(
        DrawDataset(split, transform),
        batch_size=batch_size,
        sampler=EvalSampler(len(split), rank, world_size),  # type: ignore[arg-type]
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
        collate_fn=collate,
        generator=torch.Generator(),
    )


class _EvalLoader(DataLoader[tuple[Tensor, Any]]):
    @override
    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        return plain_errors(super().__iter__())
