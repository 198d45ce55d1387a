"""Seeds derived from keys, so that randomness does not depend on the order of events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_of(*key: int) -> int:
    """Return a 64-bit seed for a key of numbers of at least 0."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])


@contextmanager
def seeded(*key: int) -> Iterator[None]:
    """Seed the generators of torch (CPU), Python and NumPy in a block; then restore their states.

    A pipeline draws from all three: torchvision from torch's generator, timm's RandAugment from the
    other two.
    """
    seed = seed_of(*key)
    python, legacy = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002  # timm uses it
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # pipelines draw from the CPU's generator only
        random.seed(seed)
        np.random.seed([seed & 0xFFFFFFFF, seed >> 32])  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
