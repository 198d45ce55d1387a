"""The count of images."""

from __future__ import annotations

import pytest

from cyclemlp.training.run.clock import Clock

from ..conftest import Run


def test_the_speed_counts_the_images_there_were(
    tiny_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """48 images cannot fill a batch of 1000."""
    clocks: list[Clock] = []
    monkeypatch.setattr(Clock, "on_train_end", lambda clock, *_: clocks.append(clock))
    tiny_run(batch_size=1000)
    assert [clock.images for clock in clocks] == [96]
