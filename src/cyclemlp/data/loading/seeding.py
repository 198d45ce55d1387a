"""Randomness that depends on names of things and not on the order of events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_of(*key: int) -> int:
    """A 64-bit seed for a key of numbers, each at least 0; keys of one length do not collide."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])


@contextmanager
def seeded(*key: int) -> Iterator[None]:
    """Seed torch's, Python's and NumPy's generators for a block, and restore them after it.

    All three, because a pipeline draws from all: torchvision from torch's, timm's RandAugment
    from the other two.
    """
    seed = seed_of(*key)
    python, legacy = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002  # timm draws from it
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # the CPU's alone: devices are not drawn from
        random.seed(seed)
        np.random.seed([seed & 0xFFFFFFFF, seed >> 32])  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
