"""The note for small data sets and CPUs."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from cyclemlp.tasks import TASKS, create_task
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start import published
from cyclemlp.training.start.published import note_small


@pytest.mark.parametrize(
    ("task", "device", "images", "size", "note"),
    [
        ("detect", "cpu", 9_000, None, "a CPU takes long for the published recipe, in which "),
        ("segment", "gpu", 300, None, "300 images are few for the published recipe, in which "),
        ("instance", "gpu", 9_000, None, None),
        ("segment", "cpu", 300, (64, 64), None),
        ("classify", "cpu", 300, None, None),
    ],
)
def test_the_published_recipes_are_for_large_data_on_gpus(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    task: str,
    device: str,
    images: int,
    size: tuple[int, int] | None,
    note: str | None,
) -> None:
    monkeypatch.setattr(published, "choose_accelerator", lambda settings: device)
    settings = Settings(str(tmp_path), task=task, image_size=size)
    note_small(settings, create_task(task, ("a", "b")), images)
    said = capsys.readouterr().err
    assert said == "" if note is None else note in said and f"--config small-{task}" in said


def test_there_is_a_small_recipe_for_every_dense_task() -> None:
    names = {file.name for file in files("cyclemlp.recipes").iterdir()}
    assert {f"small-{task}.yaml" for task in TASKS if task != "classify"} <= names
