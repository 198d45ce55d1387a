"""The best epoch and early stopping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.run.history import History

from ..conftest import Run


def test_an_epoch_with_nan_is_never_the_best(tmp_path: Path) -> None:
    history = History(tmp_path / "metrics.csv", "ap", patience=2)
    nan = float("nan")
    for epoch, value in enumerate([nan, 0.1, nan, 0.2, nan, nan], start=1):
        history.rows.append({"epoch": epoch, "ap": value})
        assert history.improved == (epoch in (1, 2, 4))
    assert history.best["epoch"] == 4
    assert history.exhausted


def test_a_run_that_stopped_early_is_not_continued(
    tiny_run: Run, die_before: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.5, 0.7, 0.6, 0.7, 0.9, 0.9])
    original = TrainingModule.on_validation_epoch_end

    def on_validation_epoch_end(self: TrainingModule) -> None:
        original(self)
        self.scores["top1"] = next(scores)

    monkeypatch.setattr(TrainingModule, "on_validation_epoch_end", on_validation_epoch_end)
    result = tiny_run(epochs=6, early_stop=2)
    rows = (result.run_dir / "metrics.csv").read_text().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["1", "2", "3", "4"]
    assert result.metrics["top1"] == 0.7
    die_before(24)
    assert tiny_run(epochs=6, early_stop=2, resume=True).metrics == result.metrics
