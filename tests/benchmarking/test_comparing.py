"""What is set side by side is what its name says, and no speed is given to what is wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from torch import nn

from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.contestants import (
    Contestant,
    DeformableFC,
    channel_fc,
    contestants,
)
from cyclemlp.benchmarking.results import Scenario
from cyclemlp.models import CycleFC

CPU = torch.device("cpu")
LAYER = Scenario("operator", "inference", "float32", "eager", 2, 6, 5, 8)


def _compare(entries: dict[str, tuple[str, nn.Module]], references: Any = None, **changes: Any):
    scenario = Scenario(**{**vars(LAYER), **changes})
    made = [
        Contestant(name, kind, module, "ours", None) for name, (kind, module) in entries.items()
    ]
    comparison = compare(scenario, made, references or {}, CPU, 0.0, time.perf_counter)
    return {row.name: row for row in comparison.rows}


@pytest.mark.parametrize("stepsize", [(1, 3), (3, 1), (3, 3)])
def test_the_deformable_operator_is_the_same_function(stepsize):
    layer, x = CycleFC(7, 4, stepsize=stepsize), torch.randn(2, 5, 6, 7)
    torch.testing.assert_close(DeformableFC(layer)(x), layer(x), atol=1e-5, rtol=1e-5)


def test_the_twin_is_the_channel_fc():
    layer, x = CycleFC(7, 4), torch.randn(2, 5, 6, 7)
    still = CycleFC(7, 4, stepsize=(1, 1))
    still.load_state_dict(layer.state_dict())
    torch.testing.assert_close(channel_fc(layer)(x), still(x))


def test_replacing_operators_leaves_the_network_alone():
    entries = {c.kind: c.network for c in contestants(["cyclemlp_nano"], [], (64, 64))}
    kinds = {kind: {type(m) for m in network.modules()} for kind, network in entries.items()}
    assert CycleFC in kinds["ours"]
    assert DeformableFC in kinds["deformable"]
    assert CycleFC not in kinds["deformable"] | kinds["twin"]
    x = torch.randn(1, 3, 64, 64)
    ours, deformable, twin = (entries[k](x) for k in ("ours", "deformable", "twin"))
    torch.testing.assert_close(ours, deformable, atol=1e-4, rtol=1e-4)
    assert (ours - twin).norm() > 0.1 * ours.norm()  # the operator shows in the result


def test_every_column_follows_from_the_times():
    layer = CycleFC(8, 8)
    rows = _compare({"ours": ("ours", layer), "other": ("deformable", DeformableFC(layer))})
    row, ours = rows["other"], rows["ours"]
    assert row.ms_per_image is not None
    assert ours.ms_per_image is not None
    assert row.images_per_second == pytest.approx(1e3 / row.ms_per_image)
    assert row.ratio == pytest.approx(row.ms_per_image / ours.ms_per_image)
    assert row.gmacs == ours.gmacs == 6 * 5 * 8 * 8 / 1e9
    assert row.parameters == 8 * 9
    assert row.rounds == 3


def test_what_disagrees_with_its_reference_gets_no_speed():
    wrong, right = CycleFC(8, 8, phase="paper"), CycleFC(8, 8)
    wrong.load_state_dict(right.state_dict())
    for work in ("inference", "training"):
        rows = _compare(
            {"ours": ("ours", right), "wrong": ("ours", wrong)}, {"wrong": right}, work=work
        )
        row = rows["wrong"]
        assert row.refused is not None
        assert "differs from its reference" in row.refused
        values = (row.ms_per_image, row.images_per_second, row.ratio, row.share, row.peak_mib)
        assert values == (None,) * 5
        assert rows["ours"].ms_per_image is not None


def test_what_does_not_run_says_why():
    layer = CycleFC(8, 8)
    entries = {"ours": ("ours", layer), "other": ("deformable", DeformableFC(layer))}
    row = _compare(entries, precision="bfloat16")["other"]
    assert row.ms_per_image is None
    assert row.refused is not None
    assert row.refused.startswith("does not run")


def test_training_draws_no_random_numbers():
    network = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))
    row = _compare({"ours": ("ours", network)}, work="training")["ours"]
    assert row.difference == 0
