"""The files of a run, and the caller's state after it."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from PIL import Image

from cyclemlp.bundle.loading import load

from .conftest import Run


def test_a_run_writes_all_its_files(tiny_run: Run, images: Path) -> None:
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
    assert not [name for name in files if Path(name).name.startswith(".part.")]
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


def test_the_callers_rng_state_is_restored(tiny_run: Run) -> None:
    before = torch.get_rng_state()
    tiny_run(epochs=1)
    assert torch.equal(torch.get_rng_state(), before)
