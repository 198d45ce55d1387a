"""Learning rates, parameter groups, the average of the weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file
from torch import nn

from cyclemlp.tasks.classification.task import Classification
from cyclemlp.training.lightning.ema import Ema
from cyclemlp.training.lightning.optim import create_optimizer, create_schedule, default_lr, peak_lr
from cyclemlp.training.settings import Optim, Settings
from cyclemlp.verbs.train import TrainResult

from ..conftest import TINY

Run = Callable[..., TrainResult]


def network() -> nn.Module:
    return timm.create_model("cyclemlp_nano", num_classes=3, **TINY)


def test_the_released_learning_rate() -> None:
    assert default_lr(Classification.recipe.base_lr, 1024) == pytest.approx(1e-3)  # 8 devices x 128


def test_only_matrices_decay() -> None:
    groups = create_optimizer(network(), Optim(weight_decay=0.3), 1e-3).param_groups
    for group in groups:
        ranks = {p.ndim for p in group["params"]}
        assert group["weight_decay"] == (0.0 if ranks == {1} else 0.3)
    assert {group["weight_decay"] for group in groups} == {0.0, 0.3}


def test_layer_decay_slows_early_layers_through_the_whole_schedule() -> None:
    model = network()
    optimizer = create_optimizer(model, Optim(layer_decay=0.5), 1e-3)
    schedule = create_schedule(optimizer, Optim(warmup_epochs=1), epochs=4, steps_per_epoch=10)
    names = {id(p): name for name, p in model.named_parameters()}
    for step in (3, 10, 25):
        schedule.step_update(step)
        rates = {names[id(p)]: g["lr"] for g in optimizer.param_groups for p in g["params"]}
        assert rates["head.fc.weight"] == peak_lr(optimizer)
        assert rates["stem.conv.weight"] < rates["head.fc.weight"] / 2


def test_warmup_peak_cosine_and_cooldown() -> None:
    optim = Optim(warmup_epochs=2, warmup_lr=1e-6, min_lr=1e-5, cooldown_epochs=1)
    optimizer = create_optimizer(network(), optim, 1e-3)
    schedule = create_schedule(optimizer, optim, epochs=11, steps_per_epoch=10)

    def lr_at(step: int) -> float:
        schedule.step_update(step)
        return peak_lr(optimizer)

    assert peak_lr(optimizer) == 1e-6  # before the first step
    assert lr_at(10) == pytest.approx((1e-6 + 1e-3) / 2)
    assert lr_at(50) == pytest.approx((1e-5 + 1e-3) / 2)
    assert lr_at(20) > lr_at(21) > lr_at(99) > lr_at(100) == lr_at(109) == 1e-5


def test_no_warmup_starts_at_the_peak_and_nothing_lies_above_it() -> None:
    optim = Optim(warmup_epochs=0)
    optimizer = create_optimizer(network(), optim, 4e-6)
    schedule = create_schedule(optimizer, optim, epochs=2, steps_per_epoch=5)
    assert peak_lr(optimizer) == 4e-6
    for step in range(10):
        schedule.step_update(step)
        assert peak_lr(optimizer) <= 4e-6


@pytest.mark.parametrize("power", [0.9, 1.0])
def test_poly_falls_by_its_power(power: float) -> None:
    optim = Optim(schedule="poly", power=power, warmup_epochs=0, min_lr=1e-5)
    optimizer = create_optimizer(network(), optim, 1e-3)
    schedule = create_schedule(optimizer, optim, epochs=10, steps_per_epoch=10)
    for step in (0, 25, 50, 99):
        schedule.step_update(step)
        expected = 1e-5 + (1e-3 - 1e-5) * (1 - step / 100) ** power
        assert peak_lr(optimizer) == pytest.approx(expected)


def test_layer_decay_needs_ordered_layers() -> None:
    with pytest.raises(ValueError, match=r"--optim\.layer-decay needs .* Linear does not"):
        create_optimizer(nn.Linear(2, 2), Optim(layer_decay=0.7), 1e-3)


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


def test_the_average_is_what_gets_bundled_and_the_weights_what_gets_trained(tiny_run: Run) -> None:
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


def test_the_digest_names_what_decides() -> None:
    base = Settings("data", output="a", workers=0)
    assert base.digest == Settings("data", output="b", workers=4, resume=True).digest
    assert base.digest == Settings("data", optim=Optim(warmup_epochs=5)).digest
    assert base.digest != Settings("data", seed=1).digest
    assert base.digest != Settings("data", optim=Optim(min_lr=0.0)).digest


def test_any_timm_model_trains(tiny_run: Run, tmp_path: Path) -> None:
    result = tiny_run(
        model="test_vit", model_args={"img_size": 32}, epochs=1, grad_checkpointing=True,
        image_size=(32, 32), eval_size=32, channels_last=True, precision="bf16-mixed",
    )  # fmt: skip
    assert set(result.metrics) == {"top1", "top5", "loss"}
    with pytest.raises(ValueError, match="--grad-checkpointing: vgg11 does not support it"):
        tiny_run(model="vgg11", model_args={}, grad_checkpointing=True, output=str(tmp_path / "v"))
