"""The compared networks compute what their names claim."""

from __future__ import annotations

from typing import Any

import torch

from cyclemlp.benchmarking.contestants import model_contestants
from cyclemlp.benchmarking.operators import DeformableFC
from cyclemlp.models import CycleFC, fast


def test_replacing_operators_does_not_change_the_original():
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
    assert (ours - twin).norm() > 0.1 * ours.norm()  # the shifts affect the result


def test_the_network_of_stepsize_1_takes_the_fast_paths_and_the_twin_does_not(
    no_kernels, monkeypatch
):
    taken: list[Any] = []
    one_product = fast.one_product
    monkeypatch.setattr(fast, "one_product_pays", lambda x, summed: True)
    monkeypatch.setattr(
        fast, "one_product", lambda layers, x: taken.append(layers) or one_product(layers, x)
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


def test_every_parameter_affects_the_result():
    network = model_contestants(["cyclemlp_nano"], [], (64, 64))[0].network
    for name, parameter in network.named_parameters():
        assert parameter.std() > 0.05 * parameter.abs().max(), name
        assert name.endswith("bias") or parameter.ndim > 1 or parameter.mean() > 0.5


def test_timms_results_are_not_constant():
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
