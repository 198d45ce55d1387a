import time

import pytest
import torch

from cyclemlp.benchmarking.loading import _PICTURES, _images_per_second, measure_loading


class _Slow:
    """Batches of four, one every ten milliseconds."""

    def __init__(self) -> None:
        self.epochs = 0

    def __iter__(self):
        self.epochs += 1
        for _ in range(_PICTURES // 4):
            time.sleep(0.01)
            yield torch.zeros(4, 3, 2, 2), None


def test_the_rate_is_of_whole_epochs_after_the_first():
    loader = _Slow()
    assert 0 < _images_per_second(loader, seconds=0.1) <= 400
    assert loader.epochs >= 3  # of 0.08 s each: the first is not counted


@pytest.mark.parametrize("workers", [0, 1])
def test_real_loaders_deliver(workers):
    (found,) = measure_loading([(48, 32)], workers, seconds=0)
    assert (found.height, found.width, found.workers) == (48, 32, workers)
    assert found.training > 0
    assert found.evaluation > 0
    assert f"48x32, {workers} workers" in str(found)
