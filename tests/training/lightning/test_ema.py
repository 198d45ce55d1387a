"""Exponential moving average of the weights."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from cyclemlp.training.lightning.ema import Ema

from ..conftest import Run


def test_the_average_warms_up_and_copies_integers() -> None:
    ema = Ema(0.9)
    update = ema._kwargs["multi_avg_fn"]
    average, current = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    update([average], [current], torch.tensor(1))
    assert average.item() == pytest.approx(1 - 2 / 11)
    average.zero_()
    update([average], [current], torch.tensor(10_000))
    assert average.item() == pytest.approx(0.1)
    table = torch.tensor([5, 7])
    update([table], [torch.tensor([5, 7])], torch.tensor(3))
    assert table.tolist() == [5, 7]


def test_the_average_is_bundled_and_the_weights_are_trained(tiny_run: Run) -> None:
    result = tiny_run(epochs=1)
    bundled = load_file(result.bundle / "model.safetensors")
    last = torch.load(result.run_dir / "checkpoints/last.ckpt", weights_only=True)
    averages, currents = last["state_dict"], last["current_model_state"]
    assert last["averaging_state"]["n_averaged"] == 6
    for name, value in bundled.items():
        assert torch.equal(value, averages[f"network.{name}"])
    weight = "network.head.fc.weight"
    assert not torch.equal(averages[weight], currents[weight])


def test_without_an_average_the_weights_are_bundled(tiny_run: Run) -> None:
    result = tiny_run(epochs=1, ema=None)
    last = torch.load(result.run_dir / "checkpoints/last.ckpt", weights_only=True)
    for name, value in load_file(result.bundle / "model.safetensors").items():
        assert torch.equal(value, last["state_dict"][f"network.{name}"])
