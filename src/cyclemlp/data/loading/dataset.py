"""A split with a transform, as a data set of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset
from typing_extensions import override

from cyclemlp.data.loading.sampler import Draw
from cyclemlp.data.loading.seeding import seeded
from cyclemlp.data.split import Split

Transform = Callable[..., tuple[Tensor, Any]]
"""Takes a sample's image and target, and returns them as a batch's entries, as v2 pipelines do."""


class DrawDataset(Dataset[tuple[Tensor, Any]]):
    """A split with a random transform whose randomness depends only on the seed and the draw.

    It does not depend on the process that loads a sample, or on the samples loaded before. The
    state of the global generators is restored.

    Args:
        split: the samples.
        transform: applied to a sample's image and target together.
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
