"""The count of images."""

from __future__ import annotations

import pytest

from cyclemlp.training.run.clock import Clock

from ..conftest import Run


def test_images_of_smaller_batches_are_counted(
    tiny_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The epoch has one batch of 48 images, although the batch size is 1000."""
    clocks: list[Clock] = []
    monkeypatch.setattr(Clock, "on_train_end", lambda clock, *_: clocks.append(clock))
    tiny_run(batch_size=1000)
    assert [clock.images for clock in clocks] == [96]
