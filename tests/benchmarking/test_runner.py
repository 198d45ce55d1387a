"""A network runs as its scenario demands."""

from __future__ import annotations

import torch
from torch import nn

from cyclemlp.benchmarking.contestants import model_contestants
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.memory import peak_memory
from cyclemlp.benchmarking.runner import Runner
from cyclemlp.benchmarking.scenarios import Scenario

from .side_by_side import compare_modules

CPU = torch.device("cpu")


def test_the_memory_of_a_training_step_is_the_same_each_time():
    network = model_contestants(["cyclemlp_nano"], [], (64, 64))[0].network
    scenario = Scenario("model", "training", "cpu", "float32", "eager", 1, 64, 64)
    runner = Runner(network, make_input(scenario), scenario)
    runner()  # allocates the gradients
    found = [peak_memory(runner, CPU) for _ in range(3)]
    assert len(set(found)) == 1
    assert found[0] > sum(p.nbytes for p in network.parameters())  # includes the gradients


def test_training_draws_no_random_numbers():
    network = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))
    row = compare_modules({"ours": ("ours", network)}, work="training")["ours"]
    assert row.difference == 0
