"""Validation of the settings, and their agreement with the arguments of `train`."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest
import yaml

from cyclemlp.data.transforms.classify import Augmentation
from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Settings
from cyclemlp.verbs.train import train

from ..conftest import Run


def test_settings_are_the_arguments_of_train() -> None:
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    parameters = inspect.signature(train).parameters
    assert list(fields) == list(parameters)
    # a run has a task, which `train` finds from the data if it is not given
    given = {"data", "task"}
    defaults = {name: p.default for name, p in parameters.items() if name not in given}
    for name, default in defaults.items():
        field = fields[name]
        factory = field.default_factory
        own = field.default if factory is dataclasses.MISSING else factory()
        assert own == default, name
    hints, own_hints = inspect.get_annotations(train), inspect.get_annotations(Settings)
    for name in fields.keys() - {"task"}:
        assert hints[name].replace("int | tuple[int, int]", "Size") == own_hints[name], name


def test_a_written_config_gives_the_same_settings(tiny_run: Run, tmp_path: Path) -> None:
    tiny_run(epochs=1)
    written = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert written["resume"] is False
    assert written["optim"]["warmup_epochs"] == 1
    written["optim"] = Optim(**written["optim"])
    written["augment"] = Augmentation(**written["augment"])
    again = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert Settings(**written).changes(again) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "--epochs must be at least 1, got 0"),
        ({"save_every": 0}, "--save-every must be at least 1, got 0"),
        ({"lr": -1.0}, r"--lr must be above 0, got -1\.0"),
        ({"ema": 1.0}, r"--ema must be between 0 and 1, got 1\.0; use null"),
        (
            {"task": "detect", "precision": "bf16-true"},
            r"--precision bf16-true is too coarse for the boxes of --task detect; use bf16-mixed",
        ),
        (
            {"optim": Optim(cooldown_epochs=2)},
            r"--epochs 2 leaves no epoch before 2 cooldown epochs; .*--optim\.cooldown-epochs",
        ),
        ({"drop_path": 1.5}, r"--drop-path must be at least 0 and below 1, got 1\.5"),
        ({"crop_pct": 0.0}, r"--crop-pct must be above 0 and at most 1, got 0\.0"),
        ({"clip_grad": 0.0}, r"--clip-grad must be above 0, got 0\.0; leave it out"),
        (
            {"task_args": {"hue": 1}},
            "task 'classify' has no setting 'hue'; its settings are: top_k, label_smoothing",
        ),
        ({"strategy": "fsdp2"}, "fsdp2 cannot average sharded weights; add --ema null"),
        (
            {"optim": Optim("adamm", warmup_epochs=0)},
            r"--optim\.name must be an optimizer of timm, got 'adamm'.*adamw",
        ),
        ({"weights": "nowhere/x.pth"}, r"--weights nowhere/x\.pth: there is no such file"),
        ({"weights": "."}, r"--weights \. holds no bundle"),
        ({"weights": "timm"}, "there are no pretrained weights of 'cyclemlp_nano'"),
        ({"model": "no_such_model"}, "there is no model 'no_such_model'"),
    ],
)
def test_invalid_settings_are_refused(
    tiny_run: Run, settings: dict[str, object], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        tiny_run(**settings)


def test_a_run_of_an_older_version_resumes_with_the_defaults_of_new_settings():
    settings = Settings("photos")
    older = {name: value for name, value in settings.to_dict().items() if name != "val_every"}
    assert settings.changes(older) == []
    assert Settings("photos", val_every=2).changes(older) == ["val_every: was 1, now 2"]
