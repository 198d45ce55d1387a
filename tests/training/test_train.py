"""The verb: what a run leaves, and what it says when it cannot run."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
import yaml
from PIL import Image

from cyclemlp.bundle import load
from cyclemlp.data.transforms.classify import Augmentation
from cyclemlp.training.run.progress import Clock
from cyclemlp.training.settings import Optim, Settings
from cyclemlp.verbs.train import TrainResult, train

Run = Callable[..., TrainResult]


def test_settings_are_the_arguments_of_train() -> None:
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    parameters = inspect.signature(train).parameters
    assert list(fields) == list(parameters)
    defaults = {name: p.default for name, p in parameters.items() if name != "data"}
    for name, default in defaults.items():
        field = fields[name]
        factory = field.default_factory
        own = field.default if factory is dataclasses.MISSING else factory()
        assert own == default, name
    hints, own_hints = inspect.get_annotations(train), inspect.get_annotations(Settings)
    for name in fields:
        assert hints[name].replace("int | tuple[int, int]", "Size") == own_hints[name], name


def test_a_run_leaves_everything_a_user_needs(tiny_run: Run, images: Path) -> None:
    result = tiny_run(save_every=4)
    run = result.run_dir
    expected = {
        "config.yaml",
        "data_report.json",
        "checkpoints/last.ckpt",
        "checkpoints/best.ckpt",
        "bundle/config.json",
        "bundle/model.safetensors",
        "metrics.csv",
        "metrics.json",
        "curves.png",
        "samples.png",
        "report.html",
    }
    files = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    assert expected <= files
    assert any(name.startswith("tensorboard/events") for name in files)
    assert not [name for name in files if name.endswith(".part")]
    header, *rows = (run / "metrics.csv").read_text().splitlines()
    assert header.split(",")[:4] == ["epoch", "step", "lr", "train_loss"]
    assert set(header.split(",")[4:]) == {"top1", "top5", "loss"}
    assert [row.split(",")[:2] for row in rows] == [["1", "6"], ["2", "12"]]
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["headline"] == "top1"
    assert metrics["best"]["top1"] == result.metrics["top1"]
    assert metrics["last"]["epoch"] == 2
    assert metrics["images_per_second"] > 0
    assert metrics["global_batch"] == 8
    prediction = load(result.bundle)(Image.new("RGB", (40, 30), (20, 30, 200)))
    assert prediction.to_dict()["label"] in ("blue", "green", "red")
    assert str(run) in str(result)
    assert json.loads(json.dumps(result.to_dict()))["bundle"] == str(result.bundle)


def test_the_callers_random_state_stays(tiny_run: Run) -> None:
    before = torch.get_rng_state()
    tiny_run(epochs=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_written_config_gives_the_same_settings(tiny_run: Run, tmp_path: Path) -> None:
    tiny_run(epochs=1)
    written = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert written["resume"] is False
    assert written["optim"]["warmup_epochs"] == 1
    written["optim"] = Optim(**written["optim"])
    written["augment"] = Augmentation(**written["augment"])
    again = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert Settings(**written).changes(again) == []


def test_a_run_overwrites_nothing(tiny_run: Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match=r"run is not empty.*--resume.*--output"):
        tiny_run()
    with pytest.raises(ValueError, match=r"no run to resume.*no config\.yaml"):
        tiny_run(resume=True)
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["thesis.txt"]


def test_a_bad_file_stops_or_is_skipped(images: Path, tiny_run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for path in images.rglob("*.png"):
        copy = data / path.relative_to(images)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (data / "train/red/0.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"red/0\.png.*--on-bad-file skip"):
        tiny_run(data=str(data), output=str(tmp_path / "stopped"))
    result = tiny_run(data=str(data), on_bad_file="skip", epochs=1, batch_size=15)
    assert (result.run_dir / "metrics.csv").read_text().splitlines()[1].startswith("1,3,")
    report = json.loads((result.run_dir / "data_report.json").read_text())
    assert "red/0.png" in report["splits"]["train"]["unusable"][0]["file"]


def test_a_start_that_was_refused_does_not_stand_in_the_way(
    images: Path, tiny_run: Run, tmp_path: Path
) -> None:
    """The same command, put right as its message says, runs in the same folder."""
    data, run = tmp_path / "data", tmp_path / "run"
    shutil.copytree(images, data)
    bad = data / "train/red/0.png"
    good = bad.read_bytes()
    bad.write_bytes(b"")
    for resume in (False, True):
        with pytest.raises(ValueError, match=r"red/0\.png"):
            tiny_run(data=str(data), epochs=1, resume=resume)
    (run / ".config.yaml.part").write_text("of a process that was killed")
    bad.write_bytes(good)
    with pytest.raises(ValueError, match="there is no model"):
        tiny_run(data=str(data), epochs=1, model="cyclemlp_b9")
    result = tiny_run(data=str(data), epochs=1, resume=True)
    report = json.loads((run / "data_report.json").read_text())
    assert report["ok"]
    assert result.bundle.is_dir()
    with pytest.raises(ValueError, match="is not empty"):
        tiny_run(data=str(data), epochs=1)


@pytest.mark.parametrize("name", ["image_size", "eval_size"])
def test_a_size_the_network_refuses_is_told_before_the_images_are_read(
    tiny_run: Run, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ValueError, match=r"does not take 16 × 16 images: .*at least 32x32"):
        tiny_run(model="cyclemlp_nano", **{name: 16})
    assert not (tmp_path / "run/data_report.json").exists()


def test_weights_that_cannot_be_fetched(tiny_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*args: Any, **kwargs: Any) -> None:
        raise URLError("Name or service not known")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_url", offline)
    with pytest.raises(
        FileNotFoundError,
        match=r"--weights in1k: .*cyclemlp_b1\.in1k cannot be fetched .*Name or service.*check the",
    ):
        tiny_run(model="cyclemlp_b1", model_args=None, weights="in1k")


def test_weights_of_another_network_name_the_flags(tiny_run: Run, tmp_path: Path) -> None:
    torch.save({"stem.conv.weight": torch.zeros(8, 3, 7, 7)}, tmp_path / "other.pth")
    message = r"--weights .*other\.pth: .*missing stages.*--model and --model-args"
    with pytest.raises(ValueError, match=message):
        tiny_run(weights=str(tmp_path / "other.pth"))


def test_fine_tuning_from_a_bundle_says_what_it_loaded(
    tiny_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tiny_run(epochs=1)
    capsys.readouterr()
    tiny_run(
        epochs=1,
        lr=1e-9,
        ema=None,
        weights=str(first.run_dir),
        output=str(tmp_path / "second"),
        optim=Optim(warmup_epochs=0, weight_decay=0.0),
    )
    assert "bundle/model.safetensors" in capsys.readouterr().err
    old = load(first.bundle).network.state_dict()
    new = load(tmp_path / "second/bundle").network.state_dict()
    for name, value in old.items():
        torch.testing.assert_close(new[name], value, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer_decay": -1.0}, r"--optim\.layer-decay must be above 0 and at most 1, got -1\.0"),
        ({"weight_decay": -0.1}, r"--optim\.weight-decay must be at least 0, got -0\.1"),
    ],
)
def test_optimizer_settings_that_cannot_work(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Optim(**settings)


def test_the_speed_counts_the_images_there_were(
    tiny_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """48 images cannot fill a batch of 1000."""
    clocks: list[Clock] = []
    monkeypatch.setattr(Clock, "on_train_end", lambda clock, *_: clocks.append(clock))
    tiny_run(batch_size=1000)
    assert [clock.images for clock in clocks] == [96]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "--epochs must be at least 1, got 0"),
        ({"save_every": 0}, "--save-every must be at least 1, got 0"),
        ({"lr": -1.0}, r"--lr must be above 0, got -1\.0"),
        ({"ema": 1.0}, r"--ema must lie between 0 and 1, got 1\.0; use null"),
        (
            {"task": "detect", "precision": "bf16-true"},
            r"--precision bf16-true is too coarse for the boxes of --task detect; use bf16-mixed",
        ),
        ({"optim": Optim(warmup_epochs=3)}, r"--epochs 2 leaves no room.*--optim\.warmup-epochs"),
        ({"drop_path": 1.5}, r"--drop-path must be at least 0 and below 1, got 1\.5"),
        ({"crop_pct": 0.0}, r"--crop-pct must be above 0 and at most 1, got 0\.0"),
        ({"clip_grad": 0.0}, r"--clip-grad must be above 0, got 0\.0; leave it out"),
        (
            {"task_args": {"hue": 1}},
            "task 'classify' has no setting 'hue'; its settings are: label_smoothing, top_k",
        ),
        ({"strategy": "fsdp2"}, "fsdp2 cannot average sharded weights; add --ema null"),
        (
            {"optim": Optim("adamm", warmup_epochs=0)},
            r"--optim\.name 'adamm' is no optimizer.*adamw",
        ),
        ({"weights": "nowhere/x.pth"}, r"--weights nowhere/x\.pth: there is no such file"),
        ({"weights": "."}, r"--weights \. holds no bundle"),
        ({"weights": "timm"}, "there are no pretrained weights of 'cyclemlp_nano'"),
        ({"model": "no_such_model"}, "there is no model 'no_such_model'"),
    ],
)
def test_settings_that_cannot_work(
    tiny_run: Run, settings: dict[str, object], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        tiny_run(**settings)
