"""A network that disagrees with its reference gets no speed."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from torch import nn

from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.contestants import model_contestants, model_references
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.models import CycleFC, CycleMixer
from cyclemlp.models.layers import branch_weights

from .side_by_side import compare_modules


class _Wrong(CycleMixer):
    """A mixer that runs layer by layer, with one fault or, for "nothing", none."""

    wrong: str

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        width, height, channel = self.width(x), self.height(x), self.channel(x)
        mean = (width + height + channel).mean((1, 2))
        if self.wrong == "means of what does not move":
            moving: list[Any] = [self.width, self.height]
            at = x.mean((1, 2))
            mean = sum(nn.functional.linear(at, m.weight, m.bias) for m in moving)
            mean = mean + self.channel(at)
        assert self.reweight is not None
        logits = self.reweight(mean)
        a = branch_weights(logits)
        if self.wrong == "thirds":
            a = torch.full_like(a, 1 / 3)
        if self.wrong == "branch-major":
            a = logits.unflatten(1, (3, -1)).softmax(1).transpose(0, 1)
        if self.wrong == "no gradient into the reweight MLP":
            a = a.detach()
        a = a.unsqueeze(2).unsqueeze(2)
        bias = self.width.bias if self.wrong == "no bias" else 0.0
        return self.proj((width - bias) * a[0] + height * a[1] + channel * a[2])


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    ("wrong", "works"),
    [
        ("nothing", ()),
        ("thirds", ("inference", "training")),
        ("branch-major", ("inference", "training")),
        ("means of what does not move", ("inference", "training")),
        ("no bias", ("inference", "training")),
        ("no gradient into the reweight MLP", ("training",)),
    ],
)
def test_a_wrong_mixer_gets_no_speed(wrong, works, precision):
    ours = model_contestants(["cyclemlp_nano"], [], (64, 64))[0]
    expected = model_references([ours])[ours.name]
    for module in ours.network.modules():
        if isinstance(module, CycleMixer):
            module.__class__, module.wrong = _Wrong, wrong
    for work in ("inference", "training"):
        scenario = Scenario("model", work, "cpu", precision, "eager", 2, 64, 64)
        comparison = compare(scenario, [ours], {ours.name: expected}, 0, time.perf_counter)
        refused = comparison.rows[0].refused
        assert (refused or "").startswith("differs") == (work in works)
        assert bool(refused) == (work in works)


def test_an_operator_has_the_gradient_of_its_input():
    class Cut(CycleFC):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return super().forward(input.detach())

    cut, layer = Cut(8, 8), CycleFC(8, 8)
    cut.load_state_dict(layer.state_dict())
    entries = {"ours": ("ours", layer), "cut": ("ours", cut)}
    rows = compare_modules(entries, {"cut": layer}, work="training")
    assert rows["ours"].refused is None
    assert "differs from its reference" in str(rows["cut"].refused)


def test_a_layer_that_disagrees_with_its_reference_gets_no_speed():
    wrong, right = CycleFC(8, 8, phase="paper"), CycleFC(8, 8)
    wrong.load_state_dict(right.state_dict())
    for work in ("inference", "training"):
        rows = compare_modules(
            {"ours": ("ours", right), "wrong": ("ours", wrong)}, {"wrong": right}, work=work
        )
        row = rows["wrong"]
        assert row.refused is not None
        assert "differs from its reference" in row.refused
        values = (row.ms_per_image, row.images_per_second, row.ratio, row.share, row.peak_mib)
        assert values == (None,) * 5
        assert rows["ours"].ms_per_image is not None
