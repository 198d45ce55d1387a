"""Learning rates over the steps of a run."""

from __future__ import annotations

import pytest
import torch

from cyclemlp.training.lightning.optimizer import create_optimizer
from cyclemlp.training.lightning.schedule import create_schedule, peak_lr
from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Settings

from ..conftest import tiny_network


def test_layer_decay_lowers_the_rate_of_early_layers_in_the_whole_schedule() -> None:
    model = tiny_network()
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
    optimizer = create_optimizer(tiny_network(), optim, 1e-3)
    schedule = create_schedule(optimizer, optim, epochs=11, steps_per_epoch=10)

    def lr_at(step: int) -> float:
        schedule.step_update(step)
        return peak_lr(optimizer)

    assert peak_lr(optimizer) == 1e-6  # before the first step
    assert lr_at(10) == pytest.approx((1e-6 + 1e-3) / 2)
    assert lr_at(50) == pytest.approx((1e-5 + 1e-3) / 2)
    assert lr_at(20) > lr_at(21) > lr_at(99) > lr_at(100) == lr_at(109) == 1e-5


def test_without_warmup_the_schedule_starts_at_the_peak_and_never_exceeds_it() -> None:
    optim = Optim(warmup_epochs=0)
    optimizer = create_optimizer(tiny_network(), optim, 4e-6)
    schedule = create_schedule(optimizer, optim, epochs=2, steps_per_epoch=5)
    assert peak_lr(optimizer) == 4e-6
    for step in range(10):
        schedule.step_update(step)
        assert peak_lr(optimizer) <= 4e-6


@pytest.mark.parametrize("power", [0.9, 1.0])
def test_poly_decays_with_its_power(power: float) -> None:
    optim = Optim(schedule="poly", power=power, warmup_epochs=0, min_lr=1e-5)
    optimizer = create_optimizer(tiny_network(), optim, 1e-3)
    schedule = create_schedule(optimizer, optim, epochs=10, steps_per_epoch=10)
    for step in (0, 25, 50, 99):
        schedule.step_update(step)
        expected = 1e-5 + (1e-3 - 1e-5) * (1 - step / 100) ** power
        assert peak_lr(optimizer) == pytest.approx(expected)


def test_multistep_decays_at_its_milestones() -> None:
    optim = Optim(schedule="multistep", milestones=(8, 11), warmup_epochs=0.5)
    optimizer = create_optimizer(torch.nn.Linear(2, 2), optim, 1e-4)
    schedule = create_schedule(optimizer, optim, epochs=12, steps_per_epoch=10)
    rates = []
    for step in range(120):
        rates.append(peak_lr(optimizer))
        schedule.step_update(step + 1)
    assert rates[0] < rates[4] < rates[5] == 1e-4 == rates[78]
    assert rates[80] == pytest.approx(1e-5) == rates[108]
    assert rates[110] == pytest.approx(1e-6) == rates[119]
    with pytest.raises(ValueError, match=r"--optim\.milestones go together"):
        Optim(schedule="multistep")
    with pytest.raises(ValueError, match=r"--optim\.milestones go together"):
        Optim(milestones=(3,))
    assert Settings("d", optim=optim).to_dict()["optim"]["milestones"] == [8.0, 11.0]
