"""Loaders: batches that depend on (seed, epoch, index, repeat) alone, and an epoch that resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from typing_extensions import override

from cyclemlp.data.images import ImageError
from cyclemlp.data.loading.collate import Collate
from cyclemlp.data.loading.sampler import Draw, DrawSampler, EvalSampler
from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.split import Split

__all__ = ["Draw", "DrawDataset", "DrawSampler", "TrainLoader", "eval_loader", "train_loader"]

Transform = Callable[..., tuple[Tensor, Any]]
"""From a sample's picture and target to those that a batch is made of, as v2 pipelines do it:
what a step does not know, such as a class's number, passes through."""


class DrawDataset(Dataset[tuple[Tensor, Any]]):
    """A split through a random transform, whose randomness a draw fixes.

    A sample's variation depends on the seed and its draw, not on the process that loads it or on
    what was loaded before; the global generators are as before afterwards.

    Args:
        split: pictures and targets.
        transform: takes a sample's picture and target together.
        seed: at least 0.
    """

    def __init__(self, split: Split, transform: Transform, seed: int = 0) -> None:
        self.split = split
        self.transform = transform
        self.seed = seed

    def __len__(self) -> int:
        return len(self.split)

    @override
    def __getitem__(self, draw: Draw) -> tuple[Tensor, Any]:
        sample = self.split[draw.index]
        with seeded(self.seed, draw.epoch, draw.index, draw.repeat):
            return self.transform(sample.image, sample.target)


class TrainLoader(DataLoader[tuple[Tensor, Any]]):
    """A training loader whose state is a place in an epoch: resuming there is exact.

    A batch depends on its epoch and number alone, so these two numbers are all there is to save:
    the workers have no state, and a run may be resumed with another number of them. torchdata's
    ``StatefulDataLoader`` saves the workers' states too, and refuses another number of them; it
    also starts its workers when an iterator is made, which Lightning does before it tells the
    sampler the epoch. Here iteration, and with it the choice of epoch, begins with the first batch.

    Args:
        dataset: takes draws.
        sampler: chooses them.
        workers: processes that load; 0 loads in this one.
        pin_memory: copy batches to page-locked memory.
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
            generator=torch.Generator(),  # or each epoch would draw from the global generator
        )
        self._place = (0, 0)  # epoch, and batches of it that were given out
        self._resumed = False

    @override
    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        epoch, done = self._place
        # a state from the end of an epoch, or of another one, says nothing of this epoch
        first = done if self._resumed and epoch == self.sampler.epoch else 0
        self._resumed = False
        self.sampler.first_batch = first
        self._place = (self.sampler.epoch, first)
        for number, batch in enumerate(_plain_errors(super().__iter__()), start=first + 1):
            self._place = (self.sampler.epoch, number)
            yield batch

    def state_dict(self) -> dict[str, int]:
        """The epoch, and how many of its batches were given out."""
        epoch, done = self._place
        return {"epoch": epoch, "batches": done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let the next iteration go on after the batches that `state` counts.

        It shows the state's epoch, unless `set_epoch` sets another one before it begins: that one
        is then shown from its start.
        """
        self._place = (state["epoch"], state["batches"])
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
    """Batches ``(images (B, 3, H, W), targets)`` in a new order each epoch.

    Call ``loader.sampler.set_epoch(epoch)`` before each epoch (Lightning does). All batches of an
    epoch have the same size; see `DrawSampler` for what becomes of the rest.

    Args:
        split: what to load.
        transform: takes a sample's picture and target together.
        batch_size: on each process.
        seed: of order and augmentation, at least 0.
        workers: processes that load; 0 loads in this one.
        repeats: how often a sample comes in an epoch; see `DrawSampler`.
        rank: of this process.
        world_size: number of processes.
        collate: joins samples into a batch; by default stacks them.

    Raises:
        ValueError: fewer samples than processes, or a number out of range. While iterating: a
            file that became unusable, by name.
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
    """Batches ``(images, targets)`` of every sample once, in order.

    With several processes each loads its own share, and no sample is loaded twice; the last share
    may be one sample shorter.

    Args:
        split: what to load.
        transform: takes a sample's picture and target together.
        batch_size: on each process.
        workers: processes that load; 0 loads in this one.
        rank: of this process.
        world_size: number of processes.
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
        return _plain_errors(super().__iter__())


def _plain_errors(batches: Iterator[Any]) -> Iterator[Any]:
    """The batches; an unusable file's error is the one sentence, without a worker's traceback."""
    try:
        yield from batches
    except (ImageError, FileNotFoundError) as error:
        error.__traceback__ = None  # it refers to the loader, and would keep its workers running
        name = type(error).__qualname__
        sentence = str(error).strip().splitlines()[-1]
        sentence = sentence.removeprefix(f"{type(error).__module__}.{name}: ")
        raise type(error)(sentence.removeprefix(f"{name}: ")) from None
