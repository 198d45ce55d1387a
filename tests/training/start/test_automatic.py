"""The weights that ``auto`` takes."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from huggingface_hub import constants

from cyclemlp.training.start import available
from cyclemlp.training.start.automatic import as_before, choose_weights

from ..conftest import Run, tiny_settings

AUTO: dict[str, Any] = {"weights": "auto"}
B1: dict[str, Any] = AUTO | {"model": "cyclemlp_b1", "model_args": None}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of downloads."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's pictures and page take longer than the run."""
    monkeypatch.setattr("cyclemlp.training.run.results.illustrate", lambda *_: None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (AUTO, "cyclemlp_nano starts from scratch: it has no released weights.*--weights takes"),
        (B1 | {"model_args": {"stepsize": 7}}, "--model-args.stepsize makes it another network"),
        (B1, "cyclemlp_b1 starts from scratch: they are not in the cache, and HF_HUB_OFFLINE"),
        (AUTO | {"model": "resnet18", "model_args": None}, "not in the cache, and HF_HUB_OFFLINE"),
    ],
)
def test_without_weights_a_run_starts_from_scratch_and_says_so(
    images: Path,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    reason: str,
) -> None:
    assert choose_weights(tiny_settings(images, **changes)).weights is None
    said = capsys.readouterr().err
    assert re.search(reason, said)
    assert said.count("\n") == 1


def test_weights_in_the_cache_are_taken_by_their_tag(images: Path, cache: Path) -> None:
    (cache / "CycleMLP_B1.pth").touch()
    assert choose_weights(tiny_settings(images, **B1)).weights == "in1k"
    harmless = B1 | {"model_args": {"drop_path_rate": 0.1}}
    assert choose_weights(tiny_settings(images, **harmless)).weights == "in1k"
    assert choose_weights(tiny_settings(images, **B1 | {"weights": "none"})).weights is None


def test_a_resumed_run_keeps_what_it_started_from(
    images: Path, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"weights": None, "batch_size": 16}))
    (cache / "CycleMLP_B1.pth").touch()  # downloaded since
    again = tiny_settings(images, **B1, output=str(tmp_path), resume=True, batch_size="auto")
    assert (as_before(again).weights, as_before(again).batch_size) == (None, 16)


def test_a_server_that_does_not_answer_is_not_waited_for(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(available, "_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("localhost", 0))
        silent.listen()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://localhost:{silent.getsockname()[1]}")
        config = available.pretrained_config("resnet18")
        begun = time.perf_counter()
        reason = available.why_not_available(config)
        assert time.perf_counter() - begun < 2
    assert reason is not None
    assert reason.startswith("localhost ")


def test_a_checkpoint_needs_no_weights_again(tiny_run: Run, tmp_path: Path) -> None:
    first = tiny_run(epochs=1, save_every=2)
    moved = tmp_path / "start"
    (first.run_dir / "bundle").rename(moved)
    begun = tiny_run(epochs=1, weights=str(moved), output=str(tmp_path / "second"))
    for file in moved.iterdir():
        file.unlink()
    resumed = tiny_run(epochs=1, weights=str(moved), output=str(tmp_path / "second"), resume=True)
    assert resumed.metrics == begun.metrics
