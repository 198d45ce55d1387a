"""Networks replayed from a captured graph."""

from __future__ import annotations

import pytest
import torch

from cyclemlp.benchmarking.captured import CapturedRunner
from cyclemlp.benchmarking.contestants import operator_contestants
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.runner import Runner
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.verbs.benchmark import benchmark

from .side_by_side import compare_modules


def _runner(device: str, work: str = "inference") -> Runner:
    scenario = Scenario("operator", work, device, "float32", "eager", 2, 6, 5, 8)
    return Runner(operator_contestants(8)[0][0].network, make_input(scenario).to(device), scenario)


def test_only_a_gpu_captures(tmp_path):
    with pytest.raises(ValueError, match="on a CUDA device, not on the cpu"):
        CapturedRunner(_runner("cpu"))
    with pytest.raises(ValueError, match="--paths captured is for CUDA devices"):
        benchmark(paths=["captured"], devices=["cpu"], output=str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_network_that_cannot_be_captured_is_refused():
    rows = compare_modules({"ours": ("ours", torch.nn.Linear(8, 8))}, path="captured")
    assert str(rows["ours"].refused).startswith("does not run: CUDA graphs")


@pytest.mark.gpu
@pytest.mark.parametrize("work", ["inference", "training"])
def test_a_captured_call_computes_what_the_eager_one_does(work):
    eager, captured = _runner("cuda", work), CapturedRunner(_runner("cuda", work))
    for _ in range(2):  # gradients are not accumulated
        torch.testing.assert_close(captured.outcome(), eager.outcome())
        torch.testing.assert_close(captured(), eager())
