"""The note on settings of prediction that a bundle does not keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cyclemlp.tasks import create_task
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.unkept import note_unkept


@pytest.mark.parametrize(
    ("task", "given", "flags"),
    [
        ("segment", {"window": 64, "scales": (0.5, 1.0)}, "--window 64 --scales [0.5,1.0]"),
        ("segment", {"flip": True, "scales": [1.0], "dice": 1.0}, "--flip true"),
        ("detect", {"window": 64, "overlap": 0.5, "min_score": 0.1}, "--window 64 --overlap 0.5"),
        ("detect", {"score_threshold": 0.4, "nms_iou": 0.6}, None),
        ("classify", {"top_k": 9}, None),
    ],
)
def test_settings_that_the_bundle_does_not_keep_are_told(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    task: str,
    given: dict[str, Any],
    flags: str | None,
) -> None:
    settings = Settings(str(tmp_path), task=task, task_args=given)
    note_unkept(settings, create_task(task, ("a", "b"), settings=given))
    said = capsys.readouterr().err
    assert said == "" if flags is None else f"do not keep {flags}, which" in said
