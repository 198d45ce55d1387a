"""The line of an epoch."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cyclemlp.training.run.clock import Clock
from cyclemlp.training.run.history import History
from cyclemlp.training.run.progress import EpochLines
from cyclemlp.training.run.row import make_row

_NAN = float("nan")


@pytest.mark.parametrize(
    ("images", "seconds", "rate"), [(3, 120.0, "0.025"), (96, 10.0, "9.6"), (1234, 1.0, "1234")]
)
def test_undefined_metrics_are_left_out_and_slow_training_is_told(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    images: int,
    seconds: float,
    rate: str,
) -> None:
    clock, history = Clock(), History(tmp_path / "metrics.csv", "ap")
    clock.images, clock.training_seconds = images, seconds
    monkeypatch.setattr(clock, "left", lambda trainer: "0:00:09")
    scores = {"ap50": 0.5, "ap": 0.25, "ap_small": _NAN, "ar": 0.125}
    history.rows.append(make_row(1, 7, 1e-3, {"loss": 2.0}, scores))
    lines = EpochLines(clock, history)
    lines.on_train_epoch_end(cast(Any, SimpleNamespace(max_epochs=2)), cast(Any, None))
    history.rows.append(make_row(2, 14, 1e-3, {"loss": _NAN}, {"ap": _NAN}))
    lines.on_train_epoch_end(cast(Any, SimpleNamespace(max_epochs=2)), cast(Any, None))
    assert capsys.readouterr().err.splitlines() == [
        "epoch 1/2  lr 0.001  train_loss 2  ap 0.25  ap50 0.5  ar 0.125  "
        f"{rate} images/s  0:00:09 left",
        f"epoch 2/2  lr 0.001  train_loss nan  ap nan  {rate} images/s  0:00:09 left",
    ]
