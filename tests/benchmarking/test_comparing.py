"""What is set side by side is what its name says, and no speed is given to what is wrong."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from cyclemlp.benchmarking import comparing
from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.contestants import Contestant, model_contestants, model_references
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.memory import peak_memory
from cyclemlp.benchmarking.operators import DefinitionFC, DeformableFC, channel_fc
from cyclemlp.benchmarking.runner import Runner
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.benchmarking.timing import Times
from cyclemlp.models import CycleFC, CycleMixer, fast
from cyclemlp.models.layers import branch_weights

CPU = torch.device("cpu")
LAYER = Scenario("operator", "inference", "cpu", "float32", "eager", 2, 6, 5, 8)


def _compare(entries: dict[str, tuple[str, nn.Module]], references: Any = None, **changes: Any):
    scenario = Scenario(**{**vars(LAYER), **changes})
    made = [
        Contestant(name, kind, module, "ours", None) for name, (kind, module) in entries.items()
    ]
    comparison = compare(scenario, made, references or {}, 0.0, time.perf_counter)
    return {row.name: row for row in comparison.rows}


@pytest.mark.parametrize("stepsize", [(1, 3), (3, 1), (3, 3)])
def test_the_deformable_operator_is_the_same_function(stepsize):
    layer, x = CycleFC(7, 4, stepsize=stepsize), torch.randn(2, 5, 6, 7)
    torch.testing.assert_close(DeformableFC(layer)(x), layer(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_definition_is_the_same_function_in_low_precision(dtype):
    layer, x = CycleFC(7, 4).to(dtype), torch.randn(2, 5, 6, 7, dtype=dtype)
    found = DefinitionFC(layer)(x)
    assert found.dtype == dtype
    torch.testing.assert_close(found, layer(x), atol=1e-2, rtol=1e-2)


def test_the_twin_is_the_channel_fc():
    layer, x = CycleFC(7, 4), torch.randn(2, 5, 6, 7)
    still = CycleFC(7, 4, stepsize=(1, 1))
    still.load_state_dict(layer.state_dict())
    torch.testing.assert_close(channel_fc(layer)(x), still(x))


def test_replacing_operators_leaves_the_network_alone():
    entries = {c.kind: c.network for c in model_contestants(["cyclemlp_nano"], [], (64, 64))}
    kinds = {kind: {type(m) for m in network.modules()} for kind, network in entries.items()}
    assert CycleFC in kinds["ours"]
    assert DeformableFC in kinds["deformable"]
    assert CycleFC not in kinds["deformable"] | kinds["twin"]
    x = torch.randn(1, 3, 64, 64)
    ours, deformable, twin, still = (
        entries[k](x) for k in ("ours", "deformable", "twin", "collapsed")
    )
    torch.testing.assert_close(ours, deformable, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(twin, still, atol=1e-4, rtol=1e-4)
    assert (ours - twin).norm() > 0.1 * ours.norm()  # the operator shows in the result


def test_the_network_of_stepsize_1_keeps_our_paths_and_the_twin_does_not(no_kernels, monkeypatch):
    taken: list[Any] = []
    one_product = fast._one_product
    monkeypatch.setattr(fast, "one_product_pays", lambda x, summed: True)
    monkeypatch.setattr(
        fast, "_one_product", lambda layers, x: taken.append(layers) or one_product(layers, x)
    )
    entries = {c.kind: c for c in model_contestants(["cyclemlp_nano"], [], (64, 64))}
    assert entries["collapsed"].name == "cyclemlp_nano stepsize 1"
    counts = {}
    for kind in ("ours", "twin", "collapsed"):
        taken.clear()
        with torch.no_grad():
            entries[kind].network(torch.randn(1, 3, 64, 64))
        counts[kind] = len(taken)
    assert counts["ours"] == counts["collapsed"] > 0 == counts["twin"]


def test_every_parameter_shows_in_the_result():
    network = model_contestants(["cyclemlp_nano"], [], (64, 64))[0].network
    for name, parameter in network.named_parameters():
        assert parameter.std() > 0.05 * parameter.abs().max(), name
        assert name.endswith("bias") or parameter.ndim > 1 or parameter.mean() > 0.5


def test_results_of_timm_tell_something():
    network = model_contestants(["cyclemlp_nano"], ["mixer_s32_224"], (224, 224))[-1].network
    with torch.no_grad():
        assert network(torch.randn(1, 3, 224, 224)).std() > 0.1


def test_accuracies_are_shown_at_the_size_they_were_published_for():
    for size, known in (((224, 224), True), ((224, 256), False)):
        entries = model_contestants(["cyclemlp_b1"], ["resnet50"], size)
        shown = {c.kind: c.top1 is not None for c in entries}
        assert shown == {
            "ours": known,
            "deformable": known,
            "twin": False,
            "collapsed": False,
            "timm": known,
        }


class _Wrong(CycleMixer):
    """Layer by layer as the definition, with one thing wrong or (by the name "nothing") none."""

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
def test_no_speed_for_a_mixer_that_is_wrong(wrong, works, precision):
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
    rows = _compare(entries, {"cut": layer}, work="training")
    assert rows["ours"].refused is None
    assert "differs from its reference" in str(rows["cut"].refused)


def test_the_memory_of_a_training_step_is_the_same_each_time():
    network = model_contestants(["cyclemlp_nano"], [], (64, 64))[0].network
    scenario = Scenario("model", "training", "cpu", "float32", "eager", 1, 64, 64)
    runner = Runner(network, make_input(scenario), scenario)
    runner()  # leaves gradients
    found = [peak_memory(runner, CPU) for _ in range(3)]
    assert len(set(found)) == 1
    assert found[0] > sum(p.nbytes for p in network.parameters())  # its gradients are among it


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
    entries = {"ours": ("ours", layer), "other": ("timm", nn.Linear(7, 7))}
    row = _compare(entries)["other"]
    assert row.ms_per_image is None
    assert row.refused is not None
    assert row.refused.startswith("does not run")


def test_the_deformable_version_runs_as_its_authors_run_it():
    layer = CycleFC(8, 8)
    entries = {"ours": ("ours", layer), "other": ("deformable", DeformableFC(layer))}
    rows = _compare(entries, precision="bfloat16")
    assert rows["ours"].share is not None
    row = rows["other"]
    assert row.refused is None
    assert row.ms_per_image is not None
    assert row.share is None  # the machine's rate is bfloat16's
    assert row.difference is not None
    assert row.difference < 1e-6  # of float32


def test_training_draws_no_random_numbers():
    network = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))
    row = _compare({"ours": ("ours", network)}, work="training")["ours"]
    assert row.difference == 0


def test_everything_is_timed_and_measured_on_the_device_of_the_scenario(monkeypatch):
    asked: list[tuple[str, torch.device]] = []

    def noted(function: Any, *args: Any) -> Any:
        asked.extend((function.__name__, arg) for arg in args if isinstance(arg, torch.device))
        return function(*args)

    names = ("matrix_product", "interleaved", "peak_memory")
    for name in names:
        monkeypatch.setattr(comparing, name, partial(noted, getattr(comparing, name)))
    (row,) = _compare({"ours": ("ours", CycleFC(8, 8))}, device="cpu:0").values()
    assert row.refused is None
    assert asked == [(name, torch.device("cpu:0")) for name in names]


def test_images_and_networks_are_moved_to_the_device_of_the_scenario(monkeypatch):
    """To "meta", where nothing has a value that could agree with anything, and nothing is timed."""
    nothing = Times(1.0, 1.0, 1.0, 3)
    monkeypatch.setattr(comparing, "matrix_product", lambda *args: (int, 1.0))
    monkeypatch.setattr(
        comparing, "interleaved", lambda calls, *args: dict.fromkeys(calls, nothing)
    )
    (row,) = _compare({"ours": ("ours", CycleFC(8, 8))}, device="meta").values()
    assert "meta tensors" in str(row.refused)
