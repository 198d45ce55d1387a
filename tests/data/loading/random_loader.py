from typing import Any

import torch

from cyclemlp.data.loading.loader import TrainLoader, train_loader
from cyclemlp.data.transforms.classify import Augmentation, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

TRANSFORM = train_transform(
    Preprocessing((8, 8)), Augmentation(rand_augment="rand-m9-mstd0.5-inc1", erasing=0.5)
)


def loader(split, **options) -> TrainLoader:
    settings: dict[str, Any] = {"batch_size": 2, "seed": 3} | options
    return train_loader(split, TRANSFORM, **settings)


def same(ours, theirs) -> bool:
    return len(ours) == len(theirs) and all(
        torch.equal(a, b) and torch.equal(s, t) for (a, s), (b, t) in zip(ours, theirs, strict=True)
    )
