"""Default learning rate and parameter groups."""

from __future__ import annotations

import pytest
from torch import nn

from cyclemlp.tasks.classification.task import Classification
from cyclemlp.training.lightning.optimizer import create_optimizer, default_lr
from cyclemlp.training.settings.optim import Optim

from ..conftest import tiny_network


def test_default_lr_is_that_of_the_released_code() -> None:
    assert default_lr(Classification.recipe.base_lr, 1024) == pytest.approx(1e-3)  # 8 devices x 128


def test_weight_decay_applies_to_matrices_only() -> None:
    groups = create_optimizer(tiny_network(), Optim(weight_decay=0.3), 1e-3).param_groups
    for group in groups:
        ranks = {p.ndim for p in group["params"]}
        assert group["weight_decay"] == (0.0 if ranks == {1} else 0.3)
    assert {group["weight_decay"] for group in groups} == {0.0, 0.3}


def test_layer_decay_needs_a_group_matcher() -> None:
    with pytest.raises(ValueError, match=r"--optim\.layer-decay needs .* Linear has none"):
        create_optimizer(nn.Linear(2, 2), Optim(layer_decay=0.7), 1e-3)
