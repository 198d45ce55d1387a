"""Freezing the first layers of a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from cyclemlp.tasks import create_task
from cyclemlp.training.lightning.frozen import frozen_modules
from cyclemlp.training.lightning.module import TrainingModule
from cyclemlp.training.start.freezing import freeze
from cyclemlp.training.start.network import create_network

from ..conftest import Killed, Run, tiny_settings
from ..same import assert_same_run

RESNET: dict[str, Any] = {"model": "test_resnet", "model_args": None, "weights": None}


def frozen(images: Path, task: str = "classify", **changes: Any) -> tuple[nn.Module, set[str]]:
    """Return a network, and the first two parts of the names of its frozen parameters."""
    settings = tiny_settings(images, task=task, **changes)
    owner = create_task(task, ("a", "b"), settings=settings.task_args)
    network = create_network(owner, settings)
    freeze(network, owner, settings)
    backbone = owner.backbone(network)
    names = [n for n, p in backbone.named_parameters() if not p.requires_grad]
    return network, {".".join(n.removeprefix("model.").split(".")[:2]) for n in names}


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's pictures and page take longer than the run."""
    monkeypatch.setattr("cyclemlp.training.run.results.illustrate", lambda *_: None)


@pytest.mark.parametrize("task", ["classify", "segment"])
def test_the_stem_and_the_first_stages_of_ours(images: Path, task: str) -> None:
    shared = {"task": task, "weights": None}
    assert {n.split(".")[0] for n in frozen(images, freeze="stem", **shared)[1]} == {"stem"}
    network, names = frozen(images, freeze=2, **shared)
    assert {n for n in names if n.startswith("stages")} == {"stages.0", "stages.1"}
    assert any(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("task", ["classify", "segment"])
def test_the_first_stages_of_a_resnet(images: Path, task: str) -> None:
    _, names = frozen(images, task=task, freeze=1, **RESNET)
    assert {name.split(".")[0] for name in names} == {"conv1", "bn1", "layer1"}


def test_the_backbone_leaves_the_classifier(images: Path) -> None:
    network, _ = frozen(images, freeze="backbone", **RESNET)
    trains = {name for name, p in network.named_parameters() if p.requires_grad}
    assert trains == {"fc.weight", "fc.bias"}


def test_too_many_stages_are_refused(images: Path) -> None:
    with pytest.raises(ValueError, match="--freeze 5: cyclemlp_nano has 4 stages; --freeze back"):
        frozen(images, freeze=5, weights=None)


def test_statistics_of_frozen_batch_norms_stay(images: Path) -> None:
    network, _ = frozen(images, freeze=1, **RESNET)
    settings = tiny_settings(images, freeze=1)
    task = create_task("classify", ("a", "b"))
    module = TrainingModule(network, task, settings, lr=1e-3).train()
    assert {*frozen_modules(network)} >= {network.get_submodule("layer1")}
    before = {name: b.clone() for name, b in network.named_buffers()}
    module.network(torch.randn(4, 3, 32, 32))
    changed = {n for n, b in network.named_buffers() if not torch.equal(b, before[n])}
    assert changed
    assert not {name for name in changed if name.startswith(("bn1", "layer1"))}


def test_a_frozen_run_keeps_its_weights_and_resumes_exactly(
    tiny_run: Run,
    tmp_path: Path,
    die_before: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings: dict[str, Any] = {"freeze": 2, "val_every": 2, "drop_path": 0.2, "save_every": 2}
    whole = tiny_run(**settings, output=str(tmp_path / "whole")).run_dir
    assert re.search(r"--freeze 2: [\d,]+ of [\d,]+ parameters train", capsys.readouterr().err)
    die_before(3)
    with pytest.raises(Killed):
        tiny_run(**settings)
    die_before(-1)
    resumed = tiny_run(**settings, resume=True).run_dir
    assert_same_run(whole, resumed)
    rows = (whole / "metrics.csv").read_text().splitlines()
    assert rows[1].endswith(",")  # the first epoch was not validated
    assert not rows[2].endswith(",")
